"""Lists all that is missing, extra or doubtful in a data folder in one run, without pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spgc.ct.read_scan import check_scan_file
from spgc.ct.stray_images import stray_notes
from spgc.data.check_labels import label_findings, lobe_findings, release_findings
from spgc.data.divided_series import DividedSeries
from spgc.data.findings import Finding, FindingSeverity, number
from spgc.data.layout import Dataset
from spgc.data.manifests import OWN_LABEL, OWN_SPLIT, Case
from spgc.data.official import FILE_NAME as STATS
from spgc.data.scan_files import EqualFiles, ScanFile, scan_files
from spgc.data.scan_folders import find_files
from spgc.errors import DataError, SeriesError
from spgc.files.file_kinds import PACKED, peek
from spgc.files.regular import is_folder
from spgc.jobs.progress import Track, silent
from spgc.protocol import GROUPS
from spgc.text.case_runs import case_runs
from spgc.text.shortened import FEW, some


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

    def as_dict(self) -> dict[str, Any]:
        return {
            "state": self.word,
            "expected": self.expected,
            "found": self.found,
            "certainty": self.certainty,
        }


@dataclass(frozen=True)
class CheckReport:
    """Everything that `check` found, splits in protocol order."""

    layout: str
    splits: tuple[SplitState, ...]
    findings: tuple[Finding, ...]
    slice_labelled: int
    label_file: str | None

    @property
    def ok(self) -> bool:
        """Whether nothing is an error; doubts do not count."""
        return not any(finding.severity == "error" for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": "spgc-data-check/1",
            "layout": self.layout,
            "ok": self.ok,
            "slice_labelled_scans": self.slice_labelled,
            "slice_label_file": self.label_file,
            "sets": {state.name: state.as_dict() for state in self.splits},
            "findings": [finding.as_dict() for finding in self.findings],
        }


def check(dataset: Dataset, track: Track = silent) -> CheckReport:
    """Compare a data folder with its manifests and look into every scan folder.

    Reads names, sizes and a few bytes of files, never pixels. A split of which nothing is there
    is absent, which is no error; a split with holes is one.
    """
    states = _states(dataset)
    findings = [Finding("doubt", str(dataset.root), note) for note in dataset.notes]
    findings += _folder_findings(dataset, states)
    findings += [Finding("error", name, str(why)) for name, why in dataset.refused.items()]
    labelled, label_file, trouble = _labels(dataset)
    findings += trouble
    copies, divided = EqualFiles(), DividedSeries()
    cases = [case for case in dataset.cases(None) if case.case_id in dataset.folders]
    for case in track(cases, "checking scans", len(cases)):
        files, trouble = _look(dataset.folders[case.case_id], case)
        findings += trouble
        findings += copies.findings(case.case_id, files)
        divided.add(case.case_id, files)
        if label_file is not None and any(file.is_slice for file in files):
            findings += label_findings(dataset, case, sum(file.is_slice for file in files))
    findings += divided.findings()
    return CheckReport(dataset.layout, states, tuple(findings), labelled, label_file)


def _look(path: Path, case: Case) -> tuple[list[ScanFile], list[Finding]]:
    """The files of a scan, none for one in a single file, and what its reader would refuse."""
    try:
        strays = [Finding("doubt", case.case_id, note) for note in stray_notes(path)]
        if is_folder(path):
            files = scan_files(path)
            return files, [*_scan_findings(case, files), *strays]
        check_scan_file(path)
    except SeriesError as error:
        return [], [Finding("error", case.case_id, str(error))]
    return [], strays


def _states(dataset: Dataset) -> tuple[SplitState, ...]:
    states = tuple(_state(dataset, name) for name in dataset.manifest.splits())
    there = len(dataset.folders) + len(dataset.refused)
    if any(s.name == OWN_SPLIT and s.found == there for s in states):
        return tuple(s for s in states if s.found)  # nothing of the challenge is expected here
    return states


def _state(dataset: Dataset, name: str) -> SplitState:
    cases = dataset.manifest.split(name)
    found = sum(dataset.holds(case.case_id) for case in cases)
    return SplitState(name, len(cases), found, dict(Counter(case.certainty for case in cases)))


def _folder_findings(dataset: Dataset, states: Sequence[SplitState]) -> Iterator[Finding]:
    if not (dataset.folders or dataset.refused):
        yield Finding("error", str(dataset.root), "no scan folder below this folder")
    for state in states:
        yield from _missing(dataset, state)
    if len(states) > 1:
        yield from _extra(dataset)
    for name, what in dataset.contradictions.items():
        sure = dataset.manifest[name].certainty != OWN_LABEL
        yield Finding("error" if sure else "doubt", name, what)
    if len(lists := find_files(dataset.root, STATS)) > 1:
        yield Finding("doubt", STATS, f"{len(lists)} files of this name; {lists[0]} is used")
    yield from _release_findings(dataset)


def _release_findings(dataset: Dataset) -> list[Finding]:
    """Doubts on the release; none where the label file is damaged, which is told elsewhere."""
    try:
        return list(release_findings(dataset))
    except DataError:
        return []


def _missing(dataset: Dataset, state: SplitState) -> Iterator[Finding]:
    names = [c.case_id for c in dataset.manifest.split(state.name) if not dataset.holds(c.case_id)]
    if state.found and names:
        what = f"{len(names)} of {state.expected} scans missing: {case_runs(sorted(names))}"
        yield Finding("error", state.name, what, tuple(names))


def _extra(dataset: Dataset) -> Iterator[Finding]:
    """Scans that no manifest knows, among others that one knows."""
    names = [c.case_id for c in dataset.manifest.split(OWN_SPLIT) if dataset.holds(c.case_id)]
    if names:
        what = f"{number(len(names), 'scan')} that no manifest knows: {case_runs(sorted(names))}"
        yield Finding("doubt", OWN_SPLIT, what, tuple(names))


def _labels(dataset: Dataset) -> tuple[int, str | None, list[Finding]]:
    """Scans with slice labels, the file these come from, and what is wrong with it."""
    try:
        source = dataset.label_source()
        labelled = sum(dataset.slice_labels(name) is not None for name in dataset.folders)
        findings = list(lobe_findings(dataset))
    except DataError as error:
        return 0, None, [Finding("error", str(error.where or dataset.root), str(error))]
    return (
        labelled,
        None if source is None else f"{source.source.name} ({source.version})",
        findings,
    )


def _scan_findings(case: Case, files: Sequence[ScanFile]) -> Iterator[Finding]:
    name, slices = case.case_id, sum(file.is_slice for file in files)
    for kind, severity, what in _KINDS:
        if names := [file.path.name for file in files if file.kind == kind]:
            told = f"{number(len(names), 'file')} {what}: {some(names, FEW)}"
            yield Finding(severity, name, told)
    if not slices:
        what = f"no DICOM file among {number(len(files), 'file')}{_unpack(files)}"
        yield Finding("error", name, what)
    elif slices < GROUPS:
        what = f"{number(slices, 'slice')}, fewer than the {GROUPS} groups of a scan"
        yield Finding("doubt", name, what)


def _unpack(files: Sequence[ScanFile]) -> str:
    """What to do where the first of a scan's files is packed."""
    with suppress(OSError):
        if files and (packer := peek(files[0].path).partition(" of ")[0]) in PACKED:
            return f": unpack them, they are packed with {packer}"
    return ""


_KINDS: tuple[tuple[str, FindingSeverity, str], ...] = (
    ("empty", "error", "of 0 bytes"),
    ("broken", "error", "can't be read"),
    ("misnamed", "error", "not DICOM, despite its name"),
    ("foreign", "doubt", "not DICOM"),
    ("bare", "doubt", "perhaps DICOM, without its preamble"),
)
"""What to say of files that are no whole DICOM file."""
