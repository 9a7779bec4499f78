"""Slice order of a series from head to feet, with its spacing, gaps and shifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spgc.ct.orientation import normal_of, orientation_notes, orientation_of
from spgc.ct.slice_file import SliceFile
from spgc.ct.slice_positions import DEFAULT_THICKNESS, along_body
from spgc.errors import SeriesError

REGULAR = 0.1
"""Share of the usual distance by which distances may differ before it is worth a note."""

GAP = 1.5
"""Distances beyond this multiple of the usual one mean that slices are missing."""

FAR = 3.0
"""A gap of more than this multiple of all other distances together is a wrong position."""

FAR_SLICES = 5
"""Slices from which that holds."""

SHIFTED = 1.0
"""mm in the plane by which slices may lie off a straight line before it is worth a note."""


_ANGLES = 720
"""Directions of the plane that a distance is looked for along."""


@dataclass(frozen=True)
class Placement:
    """Slices from head to feet with their `positions` (S,) in mm, growing to the head."""

    slices: tuple[SliceFile, ...]
    positions: NDArray[np.float64]
    orientation: tuple[float, ...]
    notes: tuple[str, ...]


def place(images: Sequence[SliceFile]) -> Placement:
    """Order one series from head to feet.

    By ImagePositionPatient along the normal; where no slice has a usable one by SliceLocation,
    taken to grow to the head; else by InstanceNumber, taken to count from the head. Slices that
    alone lost their place are put back or left out as `spgc.ct.lost_places` says. Raises
    SeriesError when none will do.
    """
    orientation = orientation_of(images)
    kept, keys, notes = along_body(images)
    notes = [*orientation_notes(kept), *notes]
    order = np.argsort(-keys, kind="stable")
    slices = tuple(kept[i] for i in order)
    notes += [
        *_disagreement(slices),
        *_left_out(slices, keys[order]),
        *_off_line(slices, orientation),
    ]
    return Placement(slices, keys[order], orientation, tuple(notes))


def _off_line(slices: Sequence[SliceFile], orientation: tuple[float, ...]) -> list[str]:
    """A note where slices are shifted in their plane against each other, which tilt doesn't do."""
    corners = np.array([i.position for i in slices if i.position is not None and any(i.position)])
    if len(corners) < 3:
        return []
    off = in_plane_shift(corners, orientation)
    return [f"slices are shifted in their plane by up to {off:.1f} mm"] if off > SHIFTED else []


def in_plane_shift(corners: NDArray[np.float64], orientation: tuple[float, ...]) -> float:
    """mm in the plane between the two slices of a series that are shifted most to each other.

    corners: (S, 3) mm, in order. Slices without a shift follow each other on a straight line:
    along their normal, along the body (tilt), or aslant as most steps go. The figure is of that
    line which leaves the least.
    """
    normal = normal_of(orientation)
    heights = corners @ normal
    usual = np.median(np.diff(corners, axis=0), axis=0)
    plane = np.array(orientation).reshape(2, 3)
    shifts = []
    for direction in (normal, np.array([0.0, 0.0, 1.0]), usual):
        rise = float(direction @ normal)
        if abs(rise) > np.finfo(float).eps:
            line = np.outer(heights - heights[0], direction / rise)
            shifts.append(_widest((corners - line) @ plane.T))
    return min(shifts)


def _widest(points: NDArray[np.float64]) -> float:
    """The largest distance between two of the points (N, 2), to some millionths of it."""
    angles = np.linspace(0, np.pi, _ANGLES, endpoint=False)
    return max(float(np.ptp(points @ (np.cos(a), np.sin(a)))) for a in angles)


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


def _left_out(slices: Sequence[SliceFile], places: NDArray[np.float64]) -> list[str]:
    """Notes where InstanceNumbers that run along the body begin after 1, or leave some out.

    Of a folder that was copied in part, or of every second slice, positions show nothing; where
    they show a gap, that is noted by its size.
    """
    numbers = np.array([image.number for image in slices if image.number is not None])
    steps = np.diff(numbers)
    if len(numbers) < max(len(slices), 2) or not (np.all(steps > 0) or np.all(steps < 0)):
        return []
    low, high = int(numbers.min()), int(numbers.max())
    notes = []
    if low > 1:
        end = "head" if numbers[0] == low else "feet"
        notes.append(f"InstanceNumbers begin at {low}: slices towards the {end} may be missing")
    apart = -np.diff(places)
    if (lacking := high - low + 1 - len(numbers)) > 0 and apart.max() <= GAP * np.median(apart):
        notes.append(f"InstanceNumbers {low} to {high} lack {lacking}: slices may be missing")
    return notes


def _check_far(slices: Sequence[SliceFile], steps: NDArray[np.float64]) -> None:
    """Refuse a position so far off that it is no slice of the scan, or not where it says."""
    widest = int(np.argmax(steps))
    rest = float(steps.sum() - steps[widest])
    if len(slices) >= FAR_SLICES and steps[widest] > FAR * rest:
        lone = widest if widest < len(slices) / 2 else widest + 1
        raise SeriesError(
            "a slice lies far from the rest of the series",
            where=slices[lone].path,
            found=f"a gap of {steps[widest]:.1f} mm in a series of {rest:.1f} mm",
            expected="slices of one scan",
            do="remove the file, or export the series again",
        )


def slice_spacing(placement: Placement) -> tuple[float, list[str]]:
    """Distance between neighbouring slices in mm, and notes on gaps and irregular distances.

    Raises SeriesError for a gap many times as long as the rest of the series.
    """
    positions = placement.positions
    if len(positions) == 1:
        thickness = placement.slices[0].thickness
        if thickness is not None and thickness > 0:
            return thickness, ["a single slice: its SliceThickness stands for the spacing"]
        return DEFAULT_THICKNESS, ["a single slice without SliceThickness: spacing taken as 1 mm"]
    steps = -np.diff(positions)
    _check_far(placement.slices, steps)
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
