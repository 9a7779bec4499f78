"""What a run over a data folder prints: progress, remarks, which scans were left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import typer

from spgc.cli import console
from spgc.data.layout import Dataset
from spgc.errors import SpgcError
from spgc.protocol import RANKED_SPLITS
from spgc.runs.listener import Listener
from spgc.runs.scans import Prepared
from spgc.text.shortened import NAMED, some


def report_trouble(prepared: Prepared) -> None:
    """Say which scans are missing, failed or doubtful; with `--quiet` those that failed."""
    if prepared.missing:
        console.say(f"{_scans(prepared.missing)} not there")
    for line in remark_lines(prepared.notes):
        console.say(line)
    for line in failure_lines(prepared.failures):
        console.complain(line)


def remark_lines(notes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """`remark on 3 scans (a, b, c): ...`, like remarks together, the commonest first."""
    by_note: dict[str, list[str]] = {}
    for case, found in notes.items():
        for note in dict.fromkeys(found):
            by_note.setdefault(note, []).append(case)
    for note, cases in sorted(by_note.items(), key=lambda pair: -len(pair[1])):
        yield f"remark on {_scans(cases)}: {note}"


def failure_lines(failures: Mapping[str, SpgcError]) -> Iterator[str]:
    """`left out 1 scan (a): ...`; one line for all scans that failed alike, as on a full disk."""
    alike: dict[tuple[object, ...], list[str]] = {}
    for case, failure in failures.items():
        kind = (type(failure), failure.what, failure.found, failure.expected, failure.do)
        alike.setdefault(kind, []).append(case)
    for cases in alike.values():
        apart = len(cases) <= NAMED and len({str(failures[case]) for case in cases}) > 1
        for members in [[case] for case in cases] if apart else [cases]:
            yield f"left out {_scans(members)}: {failures[members[0]]}"


def _scans(cases: Sequence[str]) -> str:
    return f"{len(cases)} scan{'s' * (len(cases) != 1)} ({some(cases)})"


def trouble_document(prepared: Prepared) -> dict[str, object]:
    """Remarks, failures and missing scans by case ID, for `--json`."""
    return {
        "remarks": prepared.remarks(),
        "failures": {case: failure.as_dict() for case, failure in prepared.failures.items()},
        "missing": list(prepared.missing),
    }


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
