"""The `spgc` command line: its options, and its commands as `spgc --help` lists them."""

from __future__ import annotations

from typing import Annotated

import typer

from spgc.cli.lazy_commands import CommandList, ListedCommand, Needs
from spgc.text.purpose import PURPOSE
from spgc.version import __version__

PANELS = {
    "From scans to answers": {
        "demo": "Run the main job on a synthetic cohort: draw, preprocess, train, "
        "predict, score, rank.",
        "phantom": "Draw a cohort of synthetic chest CT as DICOM, in the layout of the "
        "real release.",
        "preprocess": "Read every scan, find the lungs, and keep both in the slice store.",
        "train": "Train a system on the training split: CNR-IEMN unless --system names another.",
        "systems": "List the installed systems, those of other packages among them, or "
        "one system's options.",
        "quantise": "Make int8 networks of a trained model: half the time on processors "
        "with VNNI, no AMX.",
        "predict": "Predict a split and write submission-SPLIT.csv for each and "
        "submission.csv for all.",
        "reproduce": "Make tables of the paper again: train what is missing, check, compare "
        "with the paper.",
        "merge": "Join what several spgc predict --shard I/N wrote.",
        "data": "Check a data folder, or make manifests for one of your own.",
        "store": "Check what is kept on disk: scans, answers, networks.",
    },
    "From answers to the leaderboard": {
        "validate": "Check submission files: every problem with line, case and fix.",
        "score": "Score a submission: one file, or one file per split.",
        "compare": "Compare two systems, or one with every published row.",
        "agreement": "Show which scans every system misses, which only one has right, and "
        "how far they agree.",
        "regress": "Compare with a committed baseline and fail when it got worse.",
        "example": 'Print an example submission: right form, right cases, every answer "normal".',
        "leaderboard": "Show the challenge's leaderboard, and where your submission would stand.",
    },
    "Looking": {
        "report": "Write a run as one self-contained HTML file: scores, leaderboard, "
        "wrong cases, timings.",
        "importance": "Show which backbone, which part of the scan and which class XGBoost "
        "goes by.",
        "bench": "Time each stage of prediction here, beside the same written plainly "
        "from the paper.",
        "explain": "Show where the networks look: RISE heat maps of single slices, or of whole "
        "scans.",
        "figure": "Draw figures of the paper again, from your own data: figureN.png, "
        ".svg and .pdf.",
        "view": "Write a contact sheet of a scan: slices in the lung window, lungs outlined.",
        "cite": "Print what to cite: spgc, the CNR-IEMN paper and the data set.",
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
