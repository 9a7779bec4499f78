"""Orientation of a NIfTI volume: the affine that holds, and what contradicts it.

A NIfTI header can say three times where its voxels are: sform, qform with pixdim, pixdim alone.
The first that is there is followed for everything, spacing included; the others are compared.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.ct.orientation import AXIAL_COSINE
from spgc.errors import SeriesError

OBLIQUE = 1e-2
"""Direction cosine off the axes from which a NIfTI volume gets a note."""

SAME_SIZE = 1e-3
"""Share by which voxel sizes of sform, qform and pixdim may differ: they are 32-bit floats."""

SAME_DIRECTION = 1e-2
"""Direction cosine by which sform and qform may differ."""

UNITS = {0: ("no unit", 1.0), 1: ("metres", 1e3), 2: ("mm", 1.0), 3: ("micrometres", 1e-3)}
"""Lower three bits of xyzt_units: name and mm (NIfTI-1, nifti1.h)."""

FARTHEST = 1e9
"""Number in an affine, of any unit, beyond which it is damaged: a metre is 1e6 micrometres."""

Affine = NDArray[np.float64]


def check_axes(image: Any, path: Path) -> tuple[float, tuple[str, ...]]:
    """The unit of a nibabel NIfTI image's affine in mm, and notes on what is doubtful about it.

    Raises SeriesError for an affine that places no voxels, or lies too oblique to be axial.
    """
    header, affine = image.header, np.asarray(image.affine, np.float64)
    if not np.abs(affine).max() < FARTHEST:  # NaN is not either
        raise _unusable(header, path)
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    if not sizes.all():
        raise _unusable(header, path)
    directions = affine[:3, :3] / sizes
    if abs(np.linalg.det(directions)) < OBLIQUE:
        raise _unusable(header, path)
    notes = _contradictions(header, sizes, directions) + oblique_notes(directions, path, "NIfTI")
    unit, mm = UNITS.get(int(header["xyzt_units"]) & 7, ("an unknown unit", 1.0))
    if mm != 1:
        notes.append(f"NIfTI in {unit}: turned into mm")
    elif unit == "an unknown unit":
        notes.append("NIfTI in an unknown unit: taken as mm")
    return mm, tuple(notes)


def steps(affine: Affine) -> tuple[float, float, float]:
    """(z, y, x) mm between slices, along their normal, and between rows and columns.

    affine: (4, 4), whose axes grow to the right, front and head.
    """
    x, y = (float(size) for size in np.linalg.norm(affine[:3, :2], axis=0))
    return float(normal(affine) @ affine[:3, 2]), y, x


def normal(affine: Affine) -> NDArray[np.float64]:
    """Unit normal of the slices, (3,), to the head."""
    across = np.cross(affine[:3, 0], affine[:3, 1])
    return np.asarray(across / np.linalg.norm(across), np.float64)


def _source(header: Any) -> str:
    if int(header["sform_code"]) != 0:
        return "sform"
    return "qform" if int(header["qform_code"]) != 0 else "pixdim"


def _unusable(header: Any, path: Path) -> SeriesError:
    return SeriesError(
        "NIfTI orientation is unusable",
        where=path,
        found=f"{_source(header)} with an axis of no length, or two axes along one line",
        expected="an affine with three axes",
        do="write the affine of the original scan into the file",
    )


def _contradictions(header: Any, sizes: NDArray[Any], directions: NDArray[Any]) -> list[str]:
    """Notes where pixdim or qform say something else than the affine that is followed."""
    source = _source(header)
    if source == "pixdim":
        return ["NIfTI without orientation: taken as stored feet to head, right side first"]
    notes = []
    pixdim = np.abs(np.asarray(header["pixdim"][1:4], np.float64))
    if not np.all(np.abs(pixdim - sizes) <= SAME_SIZE * sizes):
        notes.append(
            f"NIfTI {source} and pixdim disagree on the voxel size "
            f"({_sizes(sizes)} and {_sizes(pixdim)}): {source} followed"
        )
    if source == "sform" and int(header["qform_code"]) != 0 and not _agrees(header, directions):
        notes.append("NIfTI sform and qform disagree on the orientation: sform followed")
    return notes


def _agrees(header: Any, directions: NDArray[Any]) -> bool:
    try:
        turned = np.asarray(header.get_qform(), np.float64)[:3, :3]
    except Exception:  # nibabel raises several types for quaternions that are none
        return False
    sizes = np.linalg.norm(turned, axis=0)
    if not (np.isfinite(sizes).all() and sizes.all()):
        return False
    return bool(np.abs(turned / sizes - directions).max() <= SAME_DIRECTION)


def _sizes(sizes: NDArray[Any]) -> str:
    return " x ".join(f"{size:.4g}" for size in sizes)


def oblique_notes(directions: NDArray[Any], path: Path, form: str) -> list[str]:
    """Notes on axes off those of the patient, (3, 3), a column each, of a file of some form.

    Raises SeriesError beyond what counts as axial.
    """
    cosines = np.sort(np.abs(directions), axis=0)
    if cosines[2].min() < AXIAL_COSINE:
        raise SeriesError(
            f"{form} volume lies oblique in the patient",
            where=path,
            found=f"an axis {np.degrees(np.arccos(cosines[2].min())):.0f} degrees off the body's",
            expected=f"at most {np.degrees(np.arccos(AXIAL_COSINE)):.0f} degrees",
            do="resample the volume to the patient's axes",
        )
    notes = []
    if cosines[:2].max() > OBLIQUE:
        notes.append(f"{form} axes are oblique: slices were kept as stored")
    if np.abs(directions.T @ directions - np.eye(3)).max() > OBLIQUE:
        notes.append(f"{form} axes are not at right angles: slices were kept as stored")
    return notes
