"""Orientation of a MetaImage volume: its directions, and what contradicts them.

TransformMatrix holds a row for each axis of the file, in the patient system of DICOM (LPS), as ITK
reads and writes it. AnatomicalOrientation names where each axis comes from; ITK writes it and
never reads it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.ct.metaimage_header import Header
from spgc.ct.nifti_axes import FARTHEST, OBLIQUE, oblique_notes
from spgc.ct.nifti_geometry import Geometry, placed
from spgc.errors import SeriesError

_UNIT = 1e-2
"""Share by which a direction may be longer or shorter than 1."""

_COMES_FROM = {
    "R": (1, 0, 0),
    "L": (-1, 0, 0),
    "A": (0, 1, 0),
    "P": (0, -1, 0),
    "I": (0, 0, 1),
    "S": (0, 0, -1),
}
"""Directions (LPS) of axes that come from the patient's right, left, front, back, feet, head."""

_AS_STORED = "RAI"
"""What directions along the axes of the patient system are called."""


def metaimage_geometry(path: Path, header: Header) -> Geometry:
    """Where the voxels of a file lie. Raises SeriesError where that is oblique or left open."""
    rows, notes = _directions(path, header)
    lengths = np.linalg.norm(rows.clip(-2, 2), axis=1)  # squares of others may be too large
    if np.abs(lengths - 1).max() > _UNIT or abs(np.linalg.det(rows)) < OBLIQUE:
        raise _refused(
            path, "a TransformMatrix that is no rotation", "three directions of length 1"
        )
    if max(np.abs(header.origin).max(), header.spacing.max()) > FARTHEST:
        raise _refused(path, "lengths of kilometres", "spacing and origin in mm")
    if header.spacing.min() < 1 / FARTHEST:  # its square may be 0
        raise _refused(path, "a spacing of next to nothing", "spacing in mm")
    directions = (rows / lengths[:, None]).T
    right_front_head = np.diag([-1.0, -1.0, 1.0])
    notes += oblique_notes(right_front_head @ directions, path, "MetaImage")
    affine = np.eye(4)
    affine[:3, :3] = right_front_head @ directions * header.spacing
    affine[:3, 3] = right_front_head @ header.origin
    return placed(affine, header.shape, tuple(notes))


def _directions(path: Path, header: Header) -> tuple[NDArray[np.float64], list[str]]:
    """(3, 3), a row for each axis of the file, and notes on what is doubtful about them."""
    named = np.array([_COMES_FROM[letter] for letter in header.anatomy], np.float64)
    if header.directions is None:
        if header.anatomy not in ("", _AS_STORED):
            raise _refused(
                path,
                f"no TransformMatrix, and AnatomicalOrientation = {header.anatomy}",
                "a TransformMatrix: programs take the axes as stored, whatever the letters say",
            )
        guess = "MetaImage without orientation: taken as stored feet to head, right side first"
        return np.eye(3), [] if header.anatomy else [guess]
    if not header.anatomy or _agree(header.directions, named):
        return header.directions, []
    return header.directions, [
        "MetaImage TransformMatrix and AnatomicalOrientation disagree on the orientation: "
        "TransformMatrix followed"
    ]


def _agree(directions: NDArray[np.float64], named: NDArray[np.float64]) -> bool:
    """Whether each axis runs more along the one that its letter names than along any other."""
    along = (directions * named).sum(axis=1)
    return bool(np.all(along >= np.abs(directions).max(axis=1) - OBLIQUE))


def _refused(path: Path, found: str, expected: str) -> SeriesError:
    return SeriesError(
        "MetaImage orientation is unusable",
        where=path,
        found=found,
        expected=expected,
        do="write the directions of the original scan into the header",
    )
