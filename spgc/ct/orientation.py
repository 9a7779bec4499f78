"""Orientation of slices in the patient, and how they are set upright.

Everything is in the DICOM patient system (LPS): x grows to the left hand, y to the back, z to
the head, whichever way the patient lay in the scanner (PS3.3, C.7.6.2.1.1). Scanners store slices
mirrored (feet first) or turned by a quarter (patient on the side, C-arms), and
ImageOrientationPatient says along which axis of the patient their rows and columns run.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spgc.ct.slice_file import SliceFile
from spgc.errors import SeriesError

ORIENTATION_TOLERANCE = 1e-2
"""Largest difference of a direction cosine within one series: about half a degree."""

AXIAL_COSINE = 0.8
"""Least share of the slice normal along z for axial slices: gantry tilt goes to some 30 degrees."""

TURNED = 30.0
"""Degrees off the nearest upright position in their plane beyond which slices are refused."""

TURN_NOTED = 0.5
"""Degrees from which a turn in the plane, or a tilt of the slices, is worth a note."""

_AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)

PixelSpacing = tuple[float, float]
"""mm (y, x)"""


def orientation_of(images: Sequence[SliceFile]) -> tuple[float, ...]:
    """ImageOrientationPatient of a series, (6,): the first that an image has, else plain axial."""
    known = (image.orientation for image in images if image.orientation is not None)
    return next(known, _AXIAL)


def normal_of(orientation: tuple[float, ...]) -> NDArray[np.float64]:
    """Unit normal of the slices, (3,), pointing to the head where it has a part along z."""
    normal = np.cross(orientation[:3], orientation[3:])
    normal = normal / np.linalg.norm(normal)
    return normal if normal[2] >= 0 else -normal


def is_axial(images: Sequence[SliceFile]) -> bool:
    """Whether the slices of a series lie across the body, gantry tilt allowed."""
    return bool(normal_of(orientation_of(images))[2] >= AXIAL_COSINE)


def same_orientation(one: SliceFile, other: SliceFile) -> bool:
    """Whether two slices are parallel and turned the same way, within the tolerance."""
    first, second = np.array(orientation_of([one])), np.array(orientation_of([other]))
    return bool(np.abs(first - second).max() <= ORIENTATION_TOLERANCE)


def orientation_notes(images: Sequence[SliceFile]) -> list[str]:
    """What is doubtful about the orientation. Raises SeriesError where it can't be followed."""
    orientation, lacking = orientation_of(images), sum(i.orientation is None for i in images)
    if lacking == len(images):
        refuse_damaged(images, "ImageOrientationPatient")
        otherwise = any(image.lying not in ("", "HFS") for image in images)
        but = ", although PatientPosition is another than head first on the back"
        return [f"no ImageOrientationPatient: taken as plain axial{but if otherwise else ''}"]
    notes = []
    if lacking:
        notes.append(f"no ImageOrientationPatient in {lacking} slices: taken as in the others")
    turn = turn_in_plane(orientation)
    if turn > TURNED:
        raise SeriesError(
            "slices are turned in their plane",
            where=images[0].path.parent,
            found=f"{turn:.0f} degrees off the nearest right angle",
            expected=f"at most {TURNED:g} degrees",
            do="resample the series to upright slices",
        )
    if turn > TURN_NOTED:
        notes.append(f"slices are turned by {turn:.1f} degrees in their plane: kept as stored")
    tilt = float(np.degrees(np.arccos(min(normal_of(orientation)[2], 1.0))))
    if tilt > TURN_NOTED:
        notes.append(f"slices are tilted by {tilt:.1f} degrees: kept as scanned")
    return notes


def refuse_damaged(images: Sequence[SliceFile], keyword: str) -> None:
    """Raise SeriesError where a tag is there but damaged, and no slice has a sound one."""
    damaged = [image for image in images if keyword in image.damaged]
    if damaged:
        raise SeriesError(
            "the series has no usable geometry",
            where=damaged[0].path,
            found=f"a damaged {keyword} in {len(damaged)} of {len(images)} slices",
            expected="numbers as DICOM writes them",
            do="export the series again with its geometry",
        )


def set_upright(
    hu: NDArray[np.int16], pixel_mm: PixelSpacing, orientation: tuple[float, ...]
) -> tuple[NDArray[np.int16], PixelSpacing, list[str]]:
    """Slices turned and mirrored so that x grows to the left hand and y to the back.

    hu: (S, H, W) int16; pixel_mm: (y, x) mm; orientation: (6,) direction cosines of a row and of
    a column. Returns (S, H, W) or (S, W, H), its pixel spacing and notes. Exact for the eight
    positions at right angles; anything between goes to the nearest of them.
    """
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    turned = abs(row[0]) < abs(row[1])
    if turned:
        hu, pixel_mm, row, column = hu.transpose(0, 2, 1), pixel_mm[::-1], column, row
    flip_x, flip_y = row[0] < 0, column[1] < 0
    if not (turned or flip_x or flip_y):
        return hu, pixel_mm, []
    hu = np.ascontiguousarray(hu[:, :: -1 if flip_y else 1, :: -1 if flip_x else 1])
    return hu, pixel_mm, ["slices were mirrored or turned: set upright"]


def turn_in_plane(orientation: tuple[float, ...]) -> float:
    """Degrees, 0 to 45, between the rows and the nearest upright position in the slice's plane."""
    x, y = abs(orientation[0]), abs(orientation[1])
    return float(np.degrees(np.arctan2(min(x, y), max(x, y))))
