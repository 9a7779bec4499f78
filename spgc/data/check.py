"""What is there, missing, extra or doubtful in a data folder, in one pass and without pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from spgc.data.layout import OWN_SPLIT, Dataset
from spgc.data.manifests import Case
from spgc.data.scan_folders import STRAY_NAMES, is_dicom
from spgc.errors import DataError
from spgc.progress import Track, silent
from spgc.protocol import GROUPS, NORMAL, SPLITS

Severity = Literal["error", "doubt"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong (`error`) or should be looked at (`doubt`)."""

    severity: Severity
    where: str
    what: str

    def as_dict(self) -> dict[str, str]:
        return {"severity": self.severity, "where": self.where, "what": self.what}


@dataclass(frozen=True)
class SplitState:
    """How much of one split is there; `certainty` counts rows of its manifest by certainty."""

    name: str
    expected: int
    found: int
    certainty: dict[str, int]

    @property
    def word(self) -> str:
        if not self.found:
            return "absent"
        return "complete" if self.found == self.expected else "incomplete"


@dataclass(frozen=True)
class CheckReport:
    """Everything that `check` found, splits in protocol order."""

    layout: str
    splits: tuple[SplitState, ...]
    findings: tuple[Finding, ...]
    slice_labelled: int

    @property
    def ok(self) -> bool:
        """Whether nothing is an error; doubts do not count."""
        return not any(finding.severity == "error" for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        return {
            "layout": self.layout,
            "ok": self.ok,
            "slice_labelled_scans": self.slice_labelled,
            "splits": {
                s.name: {
                    "state": s.word,
                    "expected": s.expected,
                    "found": s.found,
                    "certainty": s.certainty,
                }
                for s in self.splits
            },
            "findings": [finding.as_dict() for finding in self.findings],
        }


def check(dataset: Dataset, track: Track = silent) -> CheckReport:
    """Compare a data folder with its manifests and look into every scan folder.

    Reads names, sizes and the first bytes of files, never pixels. A split of which nothing is
    there is absent, which is no error; a split with holes is one.
    """
    states = tuple(_state(dataset, name) for name in dataset.manifest.splits())
    if any(s.name == OWN_SPLIT and s.found == len(dataset.folders) for s in states):
        states = tuple(s for s in states if s.found)  # nothing of the challenge is expected here
    findings = [Finding("doubt", str(dataset.root), note) for note in dataset.notes]
    for state in states:
        findings += _split_findings(dataset, state)
    if not dataset.folders:
        findings.append(Finding("error", str(dataset.root), "no scan folder below this folder"))
    labelled, problem = _slice_labelled(dataset)
    findings += problem
    for case in track(dataset.cases(None), "checking scans", len(dataset.folders)):
        findings += _scan_findings(dataset, case, labels_readable=not problem)
    return CheckReport(dataset.layout, states, tuple(findings), labelled)


def _state(dataset: Dataset, name: str) -> SplitState:
    cases = dataset.manifest.split(name)
    certainty: dict[str, int] = {}
    for case in cases:
        certainty[case.certainty] = certainty.get(case.certainty, 0) + 1
    found = sum(case.case_id in dataset.folders for case in cases)
    return SplitState(name, len(cases), found, certainty)


def _split_findings(dataset: Dataset, state: SplitState) -> Iterator[Finding]:
    missing = [c.case_id for c in dataset.manifest.split(state.name)
               if c.case_id not in dataset.folders]  # fmt: skip
    if state.found and missing:
        yield Finding(
            "error", state.name, f"{len(missing)} of {state.expected} scans missing: "
            + ", ".join(missing),
        )  # fmt: skip
    extra = state.found if state.name == OWN_SPLIT else 0
    known = sum(s.found for s in (_state(dataset, n) for n in SPLITS))
    if extra and known:
        names = ", ".join(c.case_id for c in dataset.manifest.split(OWN_SPLIT))
        yield Finding("doubt", OWN_SPLIT, f"{extra} scans that no manifest knows: {names}")


def _slice_labelled(dataset: Dataset) -> tuple[int, list[Finding]]:
    try:
        return sum(dataset.slice_labels(name) is not None for name in dataset.folders), []
    except DataError as error:
        return 0, [Finding("error", str(error.where or dataset.root), str(error))]


def _scan_findings(dataset: Dataset, case: Case, *, labels_readable: bool) -> Iterator[Finding]:
    name = case.case_id
    files = _files(dataset.folders[name])
    foreign = [path.name for path in files if not is_dicom(path)]
    slices = len(files) - len(foreign)
    if not slices:
        yield Finding("error", name, f"no DICOM file among {len(files)} files")
        return
    if foreign:
        yield Finding("doubt", name, f"{len(foreign)} files are not DICOM: {_some(foreign)}")
    if empty := [p.name for p in files if p.stat().st_size == 0]:
        yield Finding("error", name, f"{len(empty)} files are empty: {_some(empty)}")
    if slices < GROUPS:
        yield Finding("doubt", name, f"{slices} slices, fewer than the {GROUPS} groups of a scan")
    if labels_readable:
        yield from _label_findings(dataset, case, slices)


def _label_findings(dataset: Dataset, case: Case, slices: int) -> Iterator[Finding]:
    labels = dataset.slice_labels(case.case_id)
    if labels is None:
        return
    if not labels.any() and case.label != NORMAL:
        yield Finding("doubt", case.case_id, "slice labels mark no slice as infected")
    elif labels.any() and (last := int(labels.nonzero()[0][-1]) + 1) > slices:
        yield Finding(
            "error", case.case_id,
            f"slice {last} is labelled infected, the folder holds {slices} slices",
        )  # fmt: skip
    elif len(labels) < slices:
        yield Finding("error", case.case_id, f"{len(labels)} slice labels for {slices} slices")


def _files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and path.name.lower() not in STRAY_NAMES and path.name[0] != "."
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
