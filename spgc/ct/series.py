"""A folder of DICOM files becomes one volume in HU, head to feet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.ct.files import SliceFile, list_images
from spgc.ct.geometry import (
    REGULAR,
    SAME_POSITION,
    Placement,
    is_axial,
    place,
    same_orientation,
    slice_spacing,
)
from spgc.ct.hounsfield import hounsfield
from spgc.ct.quiet_pydicom import quiet_pydicom
from spgc.errors import SeriesError

MIXED = 0.5
"""Share of slices with a repeated InstanceNumber from which a folder holds more than one scan."""


@dataclass(frozen=True)
class Volume:
    """One scan.

    hu: (S, H, W) int16 HU, head to feet, patient's right at the left edge, front at the top;
    spacing: (z, y, x) mm; positions: (S,) mm along the slice normal, growing to the head;
    notes: everything doubtful that was found, and how it was handled.
    """

    hu: NDArray[np.int16]
    spacing: tuple[float, float, float]
    positions: NDArray[np.float64]
    notes: tuple[str, ...]


def read_series(folder: Path) -> Volume:
    """Read the CT series in `folder`, whatever its file names, order and transfer syntax.

    Files belong together because they lie in one folder; IDs and UIDs may be missing or wrong.
    Where several series are told apart, the axial one with most slices is taken, with a note.
    Raises SeriesError when there is no single series to be had, or a file of it is broken.
    """
    images, notes = list_images(folder)
    chosen, more = _choose_series(images, folder)
    notes += more
    _check_sizes(chosen, folder)
    with quiet_pydicom():
        placement = place(chosen)
        hu, more = hounsfield(placement.slices)
    notes += [*placement.notes, *more]
    placement, hu, more = _drop_duplicates(placement, hu)
    notes += more
    _check_mixture(placement, folder)
    z, more = slice_spacing(placement)
    notes += more
    (y, x), more = _pixel_spacing(placement.slices)
    notes += more
    hu, more = _upright(hu, placement.slices[0])
    return Volume(hu, (z, y, x), placement.positions, (*notes, *more))


def _choose_series(images: list[SliceFile], folder: Path) -> tuple[list[SliceFile], list[str]]:
    notes: list[str] = []
    images = _without(images, "LOCALIZER", "localizer", notes)
    images = _without(images, "DERIVED", "derived", notes)
    groups = _groups(images, notes)
    axial = [group for group in groups if is_axial(group[0])]
    if not axial:
        raise SeriesError(
            "no axial series in folder",
            where=folder,
            found=f"{len(images)} slices that are not axial",
            expected="slices across the body",
            do="name the folder of the axial series",
        )
    axial.sort(key=len, reverse=True)
    if len(axial) > 1 and len(axial[0]) == len(axial[1]):
        raise SeriesError(
            "several series in one folder",
            where=folder,
            found=f"{len(axial)} axial series, of {_join(len(g) for g in axial)} slices",
            expected="one series, or one with more slices than the others",
            do="put each series into a folder of its own",
        )
    if len(groups) > 1:
        others = [len(group) for group in groups if group is not axial[0]]
        notes.append(
            f"{len(groups)} series in the folder: took the axial one with most slices "
            f"({len(axial[0])}), left out {_join(others)} slices"
        )
    return axial[0], notes


def _without(images: list[SliceFile], word: str, name: str, notes: list[str]) -> list[SliceFile]:
    """Leave out images of one ImageType, unless that would leave none."""
    kept = [image for image in images if word not in image.image_type]
    if kept and len(kept) < len(images):
        notes.append(f"{len(images) - len(kept)} left out: {name} images")
        return kept
    return images


def _groups(images: list[SliceFile], notes: list[str]) -> list[list[SliceFile]]:
    """Series that can be told apart: by UID where it groups anything, and by orientation."""
    named = defaultdict(list)
    for image in images:
        named[image.series].append(image)
    useless = len(named) == len(images) or (len(named) == 2 and "" in named)
    if len(named) > 1 and useless:
        notes.append("SeriesInstanceUID is missing or differs in every file: not used")
        named = defaultdict(list, {"": images})
    return [part for group in named.values() for part in _by_orientation(group)]


def _by_orientation(images: list[SliceFile]) -> list[list[SliceFile]]:
    parts: list[list[SliceFile]] = []
    for image in images:
        part = next((part for part in parts if same_orientation(part[0], image)), None)
        if part is None:
            parts.append([image])
        else:
            part.append(image)
    return parts


def _join(numbers: object) -> str:
    return " and ".join(str(number) for number in numbers)  # type: ignore[attr-defined]


def _check_sizes(images: Sequence[SliceFile], folder: Path) -> None:
    sizes = Counter(image.size for image in images)
    if len(sizes) > 1:
        found = ", ".join(f"{n} of {h}x{w}" for (h, w), n in sizes.most_common())
        raise SeriesError(
            "slices of different image sizes",
            where=folder,
            found=found,
            expected="one size (rows x columns)",
            do="put each series into a folder of its own",
        )


def _drop_duplicates(
    placement: Placement, hu: NDArray[np.int16]
) -> tuple[Placement, NDArray[np.int16], list[str]]:
    """Keep one of several identical slices at one place; different ones there are an error."""
    same = np.flatnonzero(-np.diff(placement.positions) <= SAME_POSITION)
    for index in same:
        if not np.array_equal(hu[index], hu[index + 1]):
            raise SeriesError(
                "two different slices at one position",
                where=placement.slices[index + 1].path,
                found=f"position {placement.positions[index]:.2f} mm twice, unlike pixels",
                expected="one slice at each position",
                do="put each series into a folder of its own",
            )
    if not same.size:
        return placement, hu, []
    keep = np.setdiff1d(np.arange(len(hu)), same + 1)
    slices = tuple(placement.slices[i] for i in keep)
    note = f"{same.size} left out: identical copies of other slices"
    return Placement(slices, placement.positions[keep], ()), hu[keep], [note]


def _check_mixture(placement: Placement, folder: Path) -> None:
    """Refuse two scans whose UIDs can't tell them apart.

    Each counts its slices from 1, so most InstanceNumbers come twice, and the slices of one lie
    between those of the other at distances that no scanner would choose.
    """
    numbers = Counter(image.number for image in placement.slices)
    twice = sum(count for number, count in numbers.items() if number is not None and count > 1)
    steps = -np.diff(placement.positions)
    even = steps.size == 0 or np.abs(steps - np.median(steps)).max() <= REGULAR * np.median(steps)
    if len(numbers) > 1 and twice >= MIXED * len(placement.slices) and not even:
        raise SeriesError(
            "several series in one folder, not told apart by their UIDs",
            where=folder,
            found=f"{twice} of {len(placement.slices)} slices share their InstanceNumber with "
            "another, at uneven distances",
            expected="one series",
            do="put each series into a folder of its own",
        )


def _pixel_spacing(slices: Sequence[SliceFile]) -> tuple[tuple[float, float], list[str]]:
    known = [image.spacing for image in slices if image.spacing is not None]
    if not known:
        return (1.0, 1.0), ["no PixelSpacing: pixels taken as 1 mm"]
    y, x = (float(value) for value in np.median(np.array(known), axis=0))
    notes = []
    if len(known) < len(slices) or np.abs(np.array(known) - (y, x)).max() > SAME_POSITION:
        notes.append(f"PixelSpacing differs between slices: median {y:.3f} x {x:.3f} mm taken")
    return (y, x), notes


def _upright(hu: NDArray[np.int16], image: SliceFile) -> tuple[NDArray[np.int16], list[str]]:
    """Turn mirrored slices so that x grows to the left hand and y to the back."""
    if image.orientation is None:
        return hu, []
    flip_x, flip_y = image.orientation[0] < 0, image.orientation[4] < 0
    if not (flip_x or flip_y):
        return hu, []
    hu = hu[:, :: -1 if flip_y else 1, :: -1 if flip_x else 1]
    return np.ascontiguousarray(hu), ["slices were mirrored or turned: set upright"]
