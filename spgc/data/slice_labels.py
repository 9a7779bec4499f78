"""Infected slices of a scan, from labels of any known form.

Forms: `Slice-level-labels*.npy` with `Index.csv`, the challenge's `Slice_level_labels.csv`, and
`slice_labels.csv` with `case,slice,infected` for data of one's own. Slices count from the head.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from spgc.data.label_arrays import load_array, read_array, version_of
from spgc.data.label_tables import Labels, read_challenge, read_own
from spgc.data.scan_folders import find_files
from spgc.errors import DataError, UsageError

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


RELEASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"first": (CHALLENGE_FILE, ARRAY_FILES[1]), "updated": (ARRAY_FILES[0],)}
)
"""Files by release: as the challenge and the paper had them, and relabelled in September 2021."""


def check_release(name: str | None) -> None:
    """Raise UsageError when there is no such release of the slice labels."""
    if name is not None and name not in RELEASES:
        raise UsageError(
            "unknown release of the slice labels", found=repr(name), expected=" | ".join(RELEASES)
        )


def find_slice_labels(root: Path, release: str | None = None) -> SliceLabels | None:
    """The slice labels in `root` or up to two folders below, or None.

    Own labels win over the challenge's, these over the arrays, the relabelled array over the
    first. A `release` that is asked for by name is taken alone. Raises DataError when a label file
    is damaged, its index is missing, or the release asked for is not there.
    """
    check_release(release)
    names = (OWN_FILE, CHALLENGE_FILE, *ARRAY_FILES) if release is None else RELEASES[release]
    for path in find_files(root, *names):
        return _read(path)
    if release is None:
        return None
    raise DataError(
        f"no slice labels of the release '{release}'",
        where=root,
        expected=" or ".join(names),
        do="copy the file from the release, or leave out --labels-release",
    )


def _read(path: Path) -> SliceLabels:
    if path.name == OWN_FILE:
        return SliceLabels(read_own(path), path, "own", "own labels")
    if path.name == CHALLENGE_FILE:
        return SliceLabels(read_challenge(path), path, "challenge", "challenge release")
    labels = read_array(path, path.parent / INDEX_FILE)
    version, numbering = version_of(load_array(path))
    return SliceLabels(labels, path, numbering, version)
