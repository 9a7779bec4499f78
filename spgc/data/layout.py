"""Opening a data folder of any known layout: scans, classes, splits, slice labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from spgc.data.expected import embedded_for, with_stats
from spgc.data.find_scans import find_scans
from spgc.data.findings import number
from spgc.data.manifests import (
    OWN_SPLIT,
    Case,
    Manifest,
    manifest_files,
    own_certainty,
    read_manifests,
)
from spgc.data.numbering import CHALLENGE_TO_FIGSHARE, FIGSHARE_TO_CHALLENGE, is_covid_id
from spgc.data.scan_folders import ScanFolder
from spgc.errors import DataError
from spgc.text.shortened import some
from spgc.text.synthetic import SYNTHETIC_FILE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from spgc.data.slice_labels import SliceLabels

RELEASES: Mapping[str, str] = {
    "challenge": "challenge release",
    "figshare": "figshare release",
    "test sets": "released test sets",
}
"""How a layout names the releases that it is made of."""


@dataclass(frozen=True)
class Dataset:
    """What lies below `root`.

    `folders` by case ID; `manifest` holds what is there and what should be; `layout` names what
    was recognised; `notes` say what was decided on the way; `contradictions` say, by case ID,
    where a scan's place and its manifest row disagree; `refused` says why a scan that is there
    can't be taken; `labels_release` names the release whose slice labels are wanted, None for the
    newest.
    """

    root: Path
    layout: str
    folders: Mapping[str, Path]
    manifest: Manifest
    notes: tuple[str, ...] = ()
    contradictions: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, DataError] = field(default_factory=dict)
    labels_release: str | None = None
    _labels: list[SliceLabels | None] = field(default_factory=list, repr=False, compare=False)

    def cases(self, split: str | None) -> list[Case]:
        """The cases of a split, there or not; all that are there when `split` is None."""
        if split is None:
            return [case for case in self.manifest if self.holds(case.case_id)]
        return self.manifest.split(split)

    def holds(self, case_id: str) -> bool:
        """Whether the scan is there, be it one that can't be taken."""
        return case_id in self.folders or case_id in self.refused

    def sources(self, case_ids: Iterable[str]) -> dict[str, Path | DataError]:
        """Of those that are there, where each scan lies, or why it can't be taken."""
        there: dict[str, Path | DataError] = {**self.folders, **self.refused}
        return {name: there[name] for name in case_ids if name in there}

    def slice_labels(self, case_id: str) -> NDArray[np.uint8] | None:
        """0/1 per slice from the head, perhaps padded with zeros; None where nobody labelled."""
        source = self.label_source()
        if source is None:
            return None
        return source.labels.get(_label_name(case_id, source.numbering, self.layout))

    def label_source(self) -> SliceLabels | None:
        """The label file of this folder, read once."""
        if not self._labels:
            from spgc.data.slice_labels import find_slice_labels

            self._labels.append(find_slice_labels(self.root, self.labels_release))
        return self._labels[0]


def _label_name(case_id: str, numbering: str, layout: str) -> str:
    """The name of a case in a label file that may go by the other release's numbers."""
    if not is_covid_id(case_id):
        return case_id
    if numbering == "figshare" and RELEASES["challenge"] in layout:
        return CHALLENGE_TO_FIGSHARE.get(case_id, "")
    if numbering == "challenge" and RELEASES["figshare"] in layout:
        return FIGSHARE_TO_CHALLENGE.get(case_id, "")
    return case_id


def open_dataset(
    root: Path, manifests: Path | None = None, labels_release: str | None = None
) -> Dataset:
    """Recognise the layout of `root` and join it with the manifests.

    Labels and splits come from `manifests` if given, else from `root/manifests`, else from the
    manifests of spgc, where the organisers' own Stats.csv in `root` wins. Raises DataError for a
    missing folder or a damaged manifest.
    """
    found = find_scans(root)
    scans = found.scans
    releases = Counter(scan.release for scan in scans.values())
    notes = list(found.notes)
    own = root / "manifests"
    if manifests is not None or manifest_files(own):
        manifest = read_manifests(manifests or own)
    else:
        listed = with_stats(read_manifests(), root, notes)
        manifest = embedded_for(listed, scans, notes)
    manifest = _with_unknown(manifest, scans, notes)
    manifest = _with_refused(manifest, found.refused)
    contradictions = _contradictions(manifest, scans, notes)
    return Dataset(
        root=root,
        layout=_layout(root, releases),
        folders={name: scan.path for name, scan in scans.items()},
        manifest=manifest,
        notes=tuple(notes),
        contradictions=contradictions,
        refused=found.refused,
        labels_release=labels_release,
    )


def _layout(root: Path, releases: Counter[str]) -> str:
    if (root / SYNTHETIC_FILE).is_file():
        return "phantom cohort (synthetic)"
    names = [name for key, name in RELEASES.items() if releases[key]]
    if releases[""]:
        names.append("one folder per case")
    return " and ".join(names) or "no scans"


def _with_unknown(
    manifest: Manifest, scans: Mapping[str, ScanFolder], notes: list[str]
) -> Manifest:
    """Add scans that the manifest does not know, with the class that their place says.

    Their split is `own` even in a test folder: a scan too many must not join a ranked split.
    """
    extra = {
        name: Case(
            name,
            scan.label,
            OWN_SPLIT,
            "class folder" if scan.label else "folder",
            own_certainty(name),
        )
        for name, scan in scans.items()
        if name not in manifest
    }
    if extra and any(name in manifest for name in scans):
        notes.append(f"{number(len(extra), 'scan')} in no manifest: split '{OWN_SPLIT}'")
    return Manifest(dict(manifest.cases) | extra)


def _with_refused(manifest: Manifest, refused: Iterable[str]) -> Manifest:
    """Add scans that can't be taken, so that they are missed where all scans are asked for."""
    extra = {
        name: Case(name, None, OWN_SPLIT, "folder", own_certainty(name))
        for name in refused
        if name not in manifest
    }
    return Manifest(dict(manifest.cases) | extra)


def _contradictions(
    manifest: Manifest, scans: Mapping[str, ScanFolder], notes: list[str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, scan in scans.items():
        row = manifest[name]
        if scan.label and row.label not in (None, scan.label):
            found[name] = f"lies in the folder for {scan.label}, its manifest says {row.label}"
        elif scan.split and row.split not in (OWN_SPLIT, scan.split):
            found[name] = f"lies in the folder for {scan.split}, its manifest says {row.split}"
    if found:
        notes.append(f"{number(len(found), 'scan')} at odds with the manifest: {some([*found])}")
    return found
