"""Slices without a position in a series whose other slices have one.

One damaged header is no reason to distrust the places of all other slices. A lost slice is put
back where only one place is left for it, a page of text is left out, all else is an error.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spgc.ct.slice_file import SliceFile
from spgc.errors import SeriesError

AGREES = 0.02
"""mm within which SliceLocation must follow the positions of all slices that have both."""

FITS = 0.1
"""Share of the usual distance by which a hole may differ from the room that lost slices need."""

Places = list[float | None]


def put_back(
    images: Sequence[SliceFile], places: Places, source: str
) -> tuple[list[SliceFile], list[float], list[str]]:
    """The images that have a place along the body or can be given one, their places, and notes.

    places: mm per image, None where lost; source: the tag they are from. Pages without any
    geometry are left out. Raises SeriesError for another image without a place.
    """
    known = list(places)
    notes = _by_location(images, known) + _by_number(images, known)
    kept: list[SliceFile] = []
    mm: list[float] = []
    oriented = any(image.orientation is not None for image in images)
    for image, place in zip(images, known, strict=True):
        if place is not None:
            kept.append(image)
            mm.append(place)
        elif oriented and _is_page(image):
            notes.append(f"left out: {image.path.name}, a page without position and orientation")
        else:
            raise _lost(image, source, known.count(None))
    return kept, mm, notes


def _is_page(image: SliceFile) -> bool:
    """Whether an image says nothing of a place in the patient: dose reports, screenshots."""
    geometry = {"ImagePositionPatient", "ImageOrientationPatient", "SliceLocation"}
    nothing = image.position is None and image.orientation is None and image.location is None
    return nothing and not geometry & set(image.damaged)


def _by_location(images: Sequence[SliceFile], places: Places) -> list[str]:
    """Fill in what SliceLocation says, if it runs with the places of all others."""
    both = [
        (image.location, place)
        for image, place in zip(images, places, strict=True)
        if image.location is not None and place is not None
    ]
    if len(both) < 2 or None not in places:
        return []
    locations, known = np.array(both).T
    if np.ptp(locations) <= AGREES:
        return []
    for sign in (1.0, -1.0):
        offsets = known - sign * locations
        offset = float(np.median(offsets))
        if np.abs(offsets - offset).max() <= AGREES:
            return _fill(images, places, sign, offset)
    return []


def _fill(images: Sequence[SliceFile], places: Places, sign: float, offset: float) -> list[str]:
    notes = []
    for index, image in enumerate(images):
        if places[index] is None and image.location is not None:
            places[index] = sign * image.location + offset
            notes.append(f"{image.path.name} has no position: placed by its SliceLocation")
    return notes


def _by_number(images: Sequence[SliceFile], places: Places) -> list[str]:
    """Fill holes that the InstanceNumbers of lost slices and the distances fill exactly."""
    pairs = sorted(
        (image.number, place)
        for image, place in zip(images, places, strict=True)
        if image.number is not None and place is not None
    )
    lost = {image.number: i for i, image in enumerate(images) if places[i] is None}
    if len(pairs) < len(images) - places.count(None) or len(lost) < places.count(None):
        return []
    numbers, known = np.array(pairs, np.float64).reshape(-1, 2).T
    steps, jumps = np.diff(known), np.diff(numbers)
    if not (steps.size and (jumps > 0).all() and ((steps > 0).all() or (steps < 0).all())):
        return []
    usual = float(np.median(steps[jumps == 1])) if (jumps == 1).any() else 0.0
    notes = []
    for index in np.flatnonzero(jumps > 1):
        wanted = [numbers[index] + i for i in range(1, int(jumps[index]))]
        room = abs(steps[index] - jumps[index] * usual) <= FITS * abs(usual)
        if room and all(number in lost for number in wanted):
            for i, number in enumerate(wanted, 1):
                places[lost[number]] = float(known[index] + i * steps[index] / jumps[index])
                name = images[lost[number]].path.name
                notes.append(f"{name} has no position: placed between its neighbours by number")
    return notes


def _lost(image: SliceFile, source: str, count: int) -> SeriesError:
    others = "" if count == 1 else f", as {count - 1} more of the series"
    return SeriesError(
        "a slice has no place in the series",
        where=image.path,
        found=f"no usable {source}{others}",
        expected="one, as in the other slices, or a hole between two of them that it fills",
        do="export the series again, or remove the file",
    )
