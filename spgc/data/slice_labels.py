"""Which slices of a scan a radiologist marked as infected, whatever form the labels have.

Forms: `Slice-level-labels*.npy` with `Index.csv`, the challenge's `Slice_level_labels.csv`, and
`slice_labels.csv` with `case,slice,infected` for data of one's own. Slices count from the head.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spgc.data.label_arrays import load_array, read_array, version_of
from spgc.data.label_tables import Labels, read_challenge, read_own
from spgc.data.scan_folders import find_files

OWN_FILE, CHALLENGE_FILE, INDEX_FILE = "slice_labels.csv", "Slice_level_labels.csv", "Index.csv"

ARRAY_FILES = ("Slice-level-labels-updated-1.npy", "Slice-level-labels.npy")
"""Newest first: the later relabelling (P001 and P006 differ) wins where both are there."""

LOBE_FILES = ("Lobe-level-labels-updated-1.npy", "Lobe-level-labels.npy")
"""Lobe arrays that belong to `ARRAY_FILES`, in the same order."""


@dataclass(frozen=True)
class SliceLabels:
    """Labels by case ID and the file they come from.

    `numbering` is "figshare", "challenge" or "own": whose case IDs the labels go by; `version`
    names the release of an array.
    """

    labels: Labels
    source: Path
    numbering: str
    version: str


def find_slice_labels(root: Path) -> SliceLabels | None:
    """The slice labels in `root` or up to two folders below, or None.

    Own labels win over the challenge's, these over the arrays, the relabelled array over the
    first. Raises DataError when a label file is damaged or its index is missing.
    """
    for name in (OWN_FILE, CHALLENGE_FILE, *ARRAY_FILES):
        for path in find_files(root, name):
            return _read(path)
    return None


def _read(path: Path) -> SliceLabels:
    if path.name == OWN_FILE:
        return SliceLabels(read_own(path), path, "own", "own labels")
    if path.name == CHALLENGE_FILE:
        return SliceLabels(read_challenge(path), path, "challenge", "challenge release")
    labels = read_array(path, path.parent / INDEX_FILE)
    version, numbering = version_of(load_array(path))
    return SliceLabels(labels, path, numbering, version)
