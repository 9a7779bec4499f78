"""`spgc regress`: the gate that stops a worse model or a broken stage."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from spgc.challenge.spgc_challenge import challenge_given
from spgc.cli import completions, console
from spgc.cli.given_files import given_files, labels_of
from spgc.cli.run_output import LISTENER
from spgc.cli.shared_options import (
    ChallengeOption,
    DataOption,
    DeviceOption,
    JobsOption,
    PrecisionOption,
    StoreOption,
    TruthOption,
)
from spgc.contract.system import RunSettings
from spgc.errors import DataError
from spgc.files.regular import append_regular
from spgc.gate.baseline import Baseline
from spgc.gate.judge import Verdict
from spgc.gate.regression_run import Regression
from spgc.gate.verdict_tables import gate_lines, gate_markdown, update_document, update_parts
from spgc.runs.cases import DataFolder
from spgc.submissions.reading_rules import reading_on

FAILED = 1
"""Exit code of a gate that does not let pass."""


def regress(
    baseline: Annotated[
        str | None,
        typer.Argument(
            help="Name of a built-in baseline, or your own .json file.",
            show_default="demo-fast, or demo-full with --full",
        ),
    ] = None,
    submission: Annotated[
        list[Path] | None,
        typer.Option("--submission", help="Submission files to check.", show_default=False),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Model folder to check on --data.", show_default=False),
    ] = None,
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    split: Annotated[
        list[str] | None,
        typer.Option(
            "--split",
            help="With --model: splits to evaluate on.",
            show_default="val",
            autocompletion=completions.splits,
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Train from scratch on phantoms; takes some minutes.")
    ] = False,
    work: Annotated[
        Path, typer.Option("--work", help="With --full: folder for cohort, store and model.")
    ] = Path("regress"),
    update: Annotated[
        bool, typer.Option("--update", help="Update the baseline and show what changes.")
    ] = False,
    speed: Annotated[
        bool, typer.Option("--speed", help="Also fail if a stage became slower.")
    ] = False,
    manifests: Annotated[
        Path | None,
        typer.Option(
            "--manifests", help="Manifest folder to use instead of all others.", show_default=False
        ),
    ] = None,
    challenge: ChallengeOption = None,
    truth: TruthOption = None,
    summary: Annotated[
        Path | None,
        typer.Option(
            "--summary",
            help="Also append the verdict as Markdown to this file.",
            envvar="GITHUB_STEP_SUMMARY",
            show_default=False,
        ),
    ] = None,
    device: DeviceOption = "auto",
    precision: PrecisionOption = "fp32",
    jobs: JobsOption = -1,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Regression gate: compare with a committed baseline and fail if results got worse.

    Checked per patient: changed predictions, the exact paired test, a minimum per class. Without
    options it refits the patient stage from stored slice probabilities of all four CNNs, reads
    three phantoms from DICOM to network input, and scores all published predictions again: a few
    seconds, for every push. With --full the CNNs are trained from scratch. Baselines of real
    patients (validation): covid-vr-val, covnet-val, decovnet-val, thesaviours-retrained-val. Exit
    code 0 passes, 1 fails.

    [bold]Examples[/]

      spgc regress

      spgc regress --full --work regress

      spgc regress ours.json --model ~/cnr-iemn --data ~/COVID-CT-MD --split val --update

      spgc regress ours.json --submission submission.csv

      spgc regress covid-vr-val --submission val.csv

      spgc regress ours.json --submission submission.csv --truth labels.csv

      spgc regress ours.json --submission submission.csv --challenge flowers
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    _, own = given_files([], truth)
    known = challenge_given(challenge)
    asked = Regression(
        baseline,
        submission or [],
        model,
        DataFolder(data, manifests),
        store,
        split or ["val"],
        full,
        work,
        RunSettings(device, precision, jobs=jobs or 1, engine="auto"),
        speed,
        LISTENER,
        truth=labels_of(own, manifests, reading_on(known)) if own is not None else None,
        challenge=known,
    )
    if update:
        old, new = asked.renew()
        _show_update(old, new, asked.path, json_out=json_out)
        return
    verdict = asked.verdict()
    if summary is not None:
        _append(summary, verdict)
    _show(verdict, json_out=json_out)
    if not verdict.passed:
        raise typer.Exit(FAILED)


def _show(verdict: Verdict, *, json_out: bool) -> None:
    if json_out:
        console.show_json(verdict.as_dict())
        return
    for part in gate_lines(verdict):
        console.show(part)


def _append(path: Path, verdict: Verdict) -> None:
    text = gate_markdown(verdict) + "\n"
    try:
        append_regular(path, text.replace("\n", os.linesep).encode("utf-8"))
    except OSError as error:
        raise DataError("can't write summary", where=path, found=error.strerror) from error


def _show_update(old: Baseline | None, new: Baseline, path: Path, *, json_out: bool) -> None:
    """What a renewed baseline changes, for review."""
    if json_out:
        console.show_json(update_document(old, new, path))
    else:
        console.show_all(update_parts(old, new, path))
