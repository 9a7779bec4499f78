"""Positions of the slices along the body, by the best tag that the series has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spgc.ct.lost_places import put_back
from spgc.ct.orientation import normal_of, orientation_of, refuse_damaged
from spgc.ct.slice_file import SliceFile
from spgc.errors import SeriesError

SIDEWAYS = 10.0
"""mm between positions in the plane of slices at one height from which these lie beside each other:
more than a table or a patient moves."""

SAME_POSITION = 1e-2
"""mm below which two slices lie at the same place; scanners write positions to 1e-3 or finer."""

DEFAULT_THICKNESS = 1.0
"""mm along the normal where neither positions nor SliceThickness say anything."""

_INSTEAD = "no usable ImagePositionPatient: ordered by "


def along_body(
    images: Sequence[SliceFile],
) -> tuple[list[SliceFile], NDArray[np.float64], list[str]]:
    """The slices that have a place, their places, growing to the head, and what is doubtful."""
    heights, locations = _heights(images), _locations(images)
    _refuse_sideways(images, heights)
    for name, places, note in (
        ("ImagePositionPatient", heights, []),
        ("SliceLocation", locations, [_INSTEAD + "SliceLocation, taken to grow to the head"]),
    ):
        known = [place for place in places if place is not None]
        if known and (len(images) == 1 or _tells_apart(known)):
            kept, mm, more = put_back(images, places, name)
            return kept, np.array(mm), [*note, *more]
        if not known:
            refuse_damaged(images, name)
    for places in (heights, locations):
        if any(place is not None for place in places):
            return list(images), _one_place(images, places), []
    numbers = _by_number(images)
    known = [number for number in numbers if number is not None]
    if len(known) == len(images) and _tells_apart(known):
        return list(images), np.array(known), [_number_note(images)]
    raise SeriesError(
        "can't order the slices",
        where=images[0].path.parent,
        found="no usable ImagePositionPatient, SliceLocation or InstanceNumber",
        expected="one of them in every file, not the same everywhere",
        do="export the series again with its geometry",
    )


def _refuse_sideways(images: Sequence[SliceFile], heights: Sequence[float | None]) -> None:
    """Raise SeriesError for positions that run across the normal: the orientation is not theirs."""
    placed = [i for i, height in zip(images, heights, strict=True) if height is not None]
    known = [height for height in heights if height is not None]
    corners = np.array([image.position for image in placed])
    if len(placed) > 1 and not _tells_apart(known) and np.ptp(corners, axis=0).max() > SIDEWAYS:
        raise SeriesError(
            "slices lie beside each other",
            where=images[0].path.parent,
            found="an ImagePositionPatient that differs in the plane of the slices alone",
            expected="slices one above the other",
            do="export the series again with its ImageOrientationPatient",
        )


def reach(images: Sequence[SliceFile]) -> tuple[int, float]:
    """At how many places along the body a series has slices, and from first to last in mm."""
    for places in (_heights(images), _locations(images), _by_number(images)):
        known = np.sort([place for place in places if place is not None])
        if known.size > 1 or (known.size and len(images) == 1):
            return int((np.diff(known) > SAME_POSITION).sum()) + 1, float(np.ptp(known))
    return len(images), 0.0


def shared_places(some: Sequence[SliceFile], others: Sequence[SliceFile]) -> int:
    """How many positioned slices of the smaller series lie at a place of the other."""
    places = [
        np.array([place for place in _heights(images) if place is not None])
        for images in sorted((some, others), key=len)
    ]
    if not (places[0].size and places[1].size):
        return 0
    apart = np.abs(places[0][:, None] - places[1][None, :]).min(axis=1)
    return int((apart <= SAME_POSITION).sum())


def _heights(images: Sequence[SliceFile]) -> list[float | None]:
    """mm along the normal by ImagePositionPatient, None where it is missing or was blanked.

    Zeros are a place only where the slices of the series have their corner on the z axis.
    """
    normal = normal_of(orientation_of(images))
    known = np.array([image.position for image in images if image.position is not None])
    zeros = known.size and np.abs(np.median(known[:, :2], axis=0)).max() <= SAME_POSITION
    blanked = not zeros or (len(known) > 1 and not known.any())
    return [
        None
        if image.position is None or (blanked and not any(image.position))
        else float(np.array(image.position) @ normal)
        for image in images
    ]


def _locations(images: Sequence[SliceFile]) -> list[float | None]:
    """SliceLocation, None where it is missing or zero everywhere."""
    blanked = len(images) > 1 and not any(image.location for image in images)
    return [None if blanked else image.location for image in images]


def _by_number(images: Sequence[SliceFile]) -> list[float | None]:
    """mm by InstanceNumber, counted from the head, SliceThickness apart."""
    step = _thickness(images) or DEFAULT_THICKNESS
    return [None if image.number is None else -step * image.number for image in images]


def _thickness(images: Sequence[SliceFile]) -> float | None:
    known = [image.thickness for image in images if image.thickness is not None]
    return float(np.median(known)) if known else None


def _number_note(images: Sequence[SliceFile]) -> str:
    thickness = _thickness(images)
    if thickness is None:
        apart = f"{DEFAULT_THICKNESS:g} mm apart without a SliceThickness"
    else:
        apart = f"SliceThickness ({thickness:g} mm) apart"
    return f"{_INSTEAD}InstanceNumber, taken to count from the head, {apart}"


def _one_place(images: Sequence[SliceFile], places: Sequence[float | None]) -> NDArray[np.float64]:
    """Places that are all the same: fine for copies of one slice, no volume otherwise."""
    known = [place for place in places if place is not None]
    if len(known) < len(images):
        raise SeriesError(
            "slices have no place in the series",
            where=images[places.index(None)].path,
            found=f"{len(known)} of {len(images)} slices with a position, all at one place",
            expected="a position in every slice",
            do="export the series again with its geometry",
        )
    return np.full(len(images), known[0])


def _tells_apart(places: Sequence[float]) -> bool:
    """Whether slices lie at more than one place."""
    return float(np.ptp(places)) > SAME_POSITION
