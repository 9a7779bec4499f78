"""Where slices lie: orientation, order from head to feet, spacing, gaps and duplicates.

Everything is in the DICOM patient system (LPS): x grows to the left hand, y to the back, z to
the head, whichever way the patient lay in the scanner (PS3.3, C.7.6.2.1.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spgc.ct.files import SliceFile
from spgc.errors import SeriesError

ORIENTATION_TOLERANCE = 1e-2
"""Largest difference of a direction cosine within one series: about half a degree."""

AXIAL_COSINE = 0.8
"""Least share of the slice normal along z for axial slices: gantry tilt goes to some 30 degrees."""

SAME_POSITION = 1e-2
"""mm below which two slices lie at the same place; scanners write positions to 1e-3 or finer."""

REGULAR = 0.1
"""Share of the usual distance by which distances may differ before it is worth a note."""

GAP = 1.5
"""Distances beyond this multiple of the usual one mean that slices are missing."""

DEFAULT_THICKNESS = 1.0
"""mm along the normal where neither positions nor SliceThickness say anything."""

_AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@dataclass(frozen=True)
class Placement:
    """Slices from head to feet with their `positions` (S,) in mm, growing to the head."""

    slices: tuple[SliceFile, ...]
    positions: NDArray[np.float64]
    notes: tuple[str, ...]


def normal_of(image: SliceFile) -> NDArray[np.float64]:
    """Unit normal of the slice, (3,), pointing to the head where it has a part along z."""
    directions = np.array(image.orientation or _AXIAL)
    normal = np.cross(directions[:3], directions[3:])
    length = float(np.linalg.norm(normal))
    normal = normal / length if length > 0 else np.array([0.0, 0.0, 1.0])
    return normal if normal[2] >= 0 else -normal


def is_axial(image: SliceFile) -> bool:
    """Whether the slice lies across the body, gantry tilt allowed."""
    return bool(normal_of(image)[2] >= AXIAL_COSINE)


def same_orientation(one: SliceFile, other: SliceFile) -> bool:
    """Whether two slices are parallel and turned the same way, within the tolerance."""
    first, second = np.array(one.orientation or _AXIAL), np.array(other.orientation or _AXIAL)
    return bool(np.abs(first - second).max() <= ORIENTATION_TOLERANCE)


def place(images: Sequence[SliceFile]) -> Placement:
    """Order one series from head to feet.

    By ImagePositionPatient along the normal; else by SliceLocation, taken to grow to the head;
    else by InstanceNumber, taken to count from the head. Raises SeriesError when none will do.
    """
    keys, notes = _keys(images)
    order = np.argsort(-keys, kind="stable")
    slices = tuple(images[i] for i in order)
    positions = keys[order]
    notes += _disagreement(slices)
    return Placement(slices, positions, tuple(notes))


def _keys(images: Sequence[SliceFile]) -> tuple[NDArray[np.float64], list[str]]:
    """One number a slice, growing to the head, and what is doubtful about it."""
    notes = []
    if any(image.orientation is None for image in images):
        notes.append("no ImageOrientationPatient: taken as plain axial")
    if all(image.position is not None for image in images):
        keys = np.array([image.position for image in images]) @ normal_of(images[0])
        if _tells_apart(keys):
            return keys, notes
    for name, sign, values in _fallbacks(images):
        if all(value is not None for value in values):
            keys = sign * np.array(values, dtype=np.float64)
            if _tells_apart(keys):
                notes.append(f"no usable ImagePositionPatient: ordered by {name}")
                return keys, notes
    raise SeriesError(
        "can't order the slices",
        where=images[0].path.parent,
        found="no usable ImagePositionPatient, SliceLocation or InstanceNumber",
        expected="one of them in every file, not the same everywhere",
        do="export the series again with its geometry",
    )


def _fallbacks(
    images: Sequence[SliceFile],
) -> tuple[tuple[str, float, list[float | None]], ...]:
    step = images[0].thickness or DEFAULT_THICKNESS
    return (
        ("SliceLocation, taken to grow to the head", 1.0, [image.location for image in images]),
        ("InstanceNumber, taken to count from the head", -step, [i.number for i in images]),
    )


def _tells_apart(keys: NDArray[np.float64]) -> bool:
    """False where several slices all claim one place: the tag was blanked, not measured."""
    return len(keys) == 1 or float(np.ptp(keys)) > SAME_POSITION


def _disagreement(slices: Sequence[SliceFile]) -> list[str]:
    """A note where SliceLocation or InstanceNumber runs against the order that was chosen."""
    notes = []
    for name, values in (
        ("SliceLocation", [image.location for image in slices]),
        ("InstanceNumber", [image.number for image in slices]),
    ):
        known = np.array([value for value in values if value is not None])
        steps = np.diff(known)
        if steps.size and not (np.all(steps >= 0) or np.all(steps <= 0)):
            notes.append(f"{name} disagrees with the order by position, which was followed")
    return notes


def slice_spacing(placement: Placement) -> tuple[float, list[str]]:
    """Distance between neighbouring slices in mm, and notes on gaps and irregular distances."""
    positions = placement.positions
    if len(positions) == 1:
        thickness = placement.slices[0].thickness
        if thickness is not None and thickness > 0:
            return thickness, ["a single slice: its SliceThickness stands for the spacing"]
        return DEFAULT_THICKNESS, ["a single slice without SliceThickness: spacing taken as 1 mm"]
    steps = -np.diff(positions)
    usual = float(np.median(steps))
    notes = []
    for index in np.flatnonzero(steps > GAP * usual):
        missing = round(float(steps[index]) / usual) - 1
        notes.append(
            f"gap of {steps[index]:.1f} mm after slice {index + 1}: "
            f"about {missing} of {usual:.1f} mm missing"
        )
    uneven = np.abs(steps - usual) > REGULAR * usual
    uneven &= steps <= GAP * usual
    if uneven.any():
        low, high = steps[steps <= GAP * usual].min(), steps[steps <= GAP * usual].max()
        notes.append(f"uneven slice distances: {low:.2f} to {high:.2f} mm")
    return usual, notes
