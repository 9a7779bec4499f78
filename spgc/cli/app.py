"""The `spgc` command line: its options, and its commands as `spgc --help` lists them."""

from __future__ import annotations

from typing import Annotated

import typer

from spgc.cli.lazy_commands import CommandList, ListedCommand, Needs
from spgc.text.purpose import PURPOSE
from spgc.version import __version__

PANELS = {
    "Start": {
        "demo": "Run the main job on a synthetic cohort: draw, preprocess, train, predict, score, "
        "rank.",
        "example": "Print an example submission: all columns and cases, one class for all of them.",
        "cite": "Print what to cite: spgc, the CNR-IEMN paper and the data set.",
    },
    "Prepare CT scans": {
        "data": "Check a data folder, or write manifests for your own.",
        "phantom": "Draw a cohort of synthetic chest CT as DICOM, in the layout of the real "
        "release.",
        "preprocess": "Read every scan, find the lungs, and keep both in the slice store.",
        "store": "Check the files on disk: scans, cached predictions, networks.",
        "view": "Write a contact sheet of a scan: slices in the lung window, lungs outlined.",
    },
    "Train and predict": {
        "systems": "List the installed systems, including those of other packages, or one "
        "system's options.",
        "train": "Train a system on the training split: CNR-IEMN unless --system names another.",
        "predict": "Predict a split and write submission-SPLIT.csv for each and submission.csv "
        "for all.",
        "merge": "Merge the shards written by spgc predict --shard I/N into one submission.",
        "quantise": "Quantise a trained model to int8: half the time on processors with VNNI, "
        "without AMX.",
        "bench": "Time each stage of prediction, compared with a plain implementation of the "
        "paper.",
    },
    "Score and compare": {
        "validate": "Check submission files: every problem with line, case and fix.",
        "score": "Score a submission: one file, or one file per split.",
        "compare": "Compare two systems patient by patient, or one with every published row.",
        "agreement": "Show agreement between systems: scans all get wrong, scans one gets right, "
        "Cohen's kappa.",
        "leaderboard": "Show the challenge's leaderboard, and the rank of your submission.",
        "report": "Write a run as one self-contained HTML file: scores, leaderboard, wrong cases, "
        "timings.",
        "challenge": "Run your own challenge or class: make, check and rank it; what shown scores "
        "give away.",
        "kit": "Write a challenge for a platform, and check such a kit without it.",
        "serve": "Serve a challenge: a leaderboard with hidden labels, in one process and one "
        "file.",
        "submit": "Send a submission to a leaderboard server, checked here first.",
    },
    "Explain": {
        "importance": "Show feature importance of the patient classifier by backbone, part of the "
        "scan and class.",
        "explain": "Draw RISE heat maps of slices, or of whole scans: which regions drive the "
        "networks.",
    },
    "Reproduce and guard": {
        "reproduce": "Reproduce tables of the paper: train what is missing, evaluate, compare "
        "with the paper.",
        "figure": "Reproduce figures of the paper from your own data: figureN.png, .svg and .pdf.",
        "regress": "Regression gate: compare with a committed baseline and fail if results got "
        "worse.",
    },
}
"""Commands by the panel of `spgc --help`, each with the first paragraph of its own help."""


NEEDS = {
    "demo": Needs(("train",)),
    "phantom": Needs(("ct",)),
    "preprocess": Needs(("ct",)),
    "train": Needs(("ct",), install="train"),  # a system of another package may do without torch
    "quantise": Needs(("train", "openvino", "int8")),
    "predict": Needs(("ct",), install="train"),
    "reproduce": Needs(("train", "report")),
    "store": Needs(("ct",)),
    "regress": Needs(("train",)),
    "importance": Needs(("train", "report")),
    "bench": Needs(("train",)),
    "explain": Needs(("train", "report")),
    "figure": Needs(("ct", "report")),
    "view": Needs(("ct", "report")),
    "serve": Needs(("serve",)),
}
"""Commands that need more than the core; the others come with it, if not every option of theirs."""


class Commands(CommandList):
    """All of them."""

    listed = tuple(
        ListedCommand(name, panel, line, NEEDS.get(name, Needs()))
        for panel, lines in PANELS.items()
        for name, line in lines.items()
    )


app = typer.Typer(
    name="spgc",
    cls=Commands,
    help="Evaluation and submission toolkit for the 2021 ICASSP COVID-19 SPGC: chest CT to "
    f"COVID-19, CAP or normal. {PURPOSE}",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"spgc {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass
