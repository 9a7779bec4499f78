"""What a run over a data folder prints: progress, remarks, which scans were left out."""

from __future__ import annotations

from pathlib import Path

import typer

from spgc.cli import console
from spgc.data.layout import Dataset
from spgc.protocol import RANKED_SPLITS
from spgc.report.scan_remarks import failure_lines, remark_lines, scans_named
from spgc.runs.listener import Listener
from spgc.runs.scans import Prepared


def report_trouble(prepared: Prepared) -> None:
    """Say which scans are missing, failed or doubtful; with `--quiet` those that failed."""
    if prepared.missing:
        console.say(f"{scans_named(prepared.missing)} not there")
    for line in remark_lines(prepared.notes):
        console.say(line)
    for line in failure_lines(prepared.failures):
        console.complain(line)


def predict_words(
    dataset: Dataset, data: Path, store: Path, model: Path, manifests: Path | None, *more: str
) -> list[object]:
    """The command that predicts what is there: a test split that is whole, else every scan."""
    words: list[object] = ["predict"]
    for name in RANKED_SPLITS:
        cases = dataset.cases(name)
        if cases and all(case.case_id in dataset.folders for case in cases):
            words += ["--split", name]
            break
    words += ["--data", data, "--store", store, "--model", model]
    return [*words, *(["--manifests", manifests] if manifests else []), *more]


def end_with(prepared: Prepared) -> None:
    """Exit with code 1 when a scan was left out, once everything else is done."""
    if prepared.failures:
        raise typer.Exit(1)


LISTENER = Listener(console.track, console.say, report_trouble)
"""Prints what a run tells while it goes on."""
