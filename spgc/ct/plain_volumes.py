"""NIfTI and `.npy` volumes: scans that are one volume already."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.ct.nifti_file import check_packed, load_nifti, read_voxels
from spgc.ct.nifti_geometry import Geometry, geometry_of
from spgc.ct.plausible import Spacing, check_spacing
from spgc.ct.quiet_pydicom import quiet_nibabel
from spgc.ct.series import Volume
from spgc.ct.slabs import array_to_hu
from spgc.errors import SeriesError

NIFTI_ENDINGS = (".nii", ".nii.gz")


def volume_from_array(hu: NDArray[Any], spacing: Spacing, notes: tuple[str, ...] = ()) -> Volume:
    """A volume from an array of your own.

    hu: (S, H, W) numbers in HU, head to feet, patient's right at the left edge, front at the
    top; spacing: (z, y, x) mm. Raises SeriesError for anything else.
    """
    doubts = _check_array(hu.shape, hu.dtype, spacing)
    return head_to_feet(array_to_hu(hu), spacing, (*notes, *doubts))


def head_to_feet(hu: NDArray[np.int16], spacing: Spacing, notes: tuple[str, ...]) -> Volume:
    """A volume of checked values whose file says nothing of places."""
    return Volume(hu, spacing, -spacing[0] * np.arange(len(hu), dtype=np.float64), notes)


def _check_array(shape: tuple[int, ...], kind: np.dtype[Any], spacing: Spacing) -> tuple[str, ...]:
    """Notes on what is doubtful about the spacing. Raises SeriesError for what is no volume."""
    if len(shape) != 3 or min(shape) < 1 or kind.kind not in "iuf":
        raise SeriesError(
            "array is no volume",
            found=f"{shape} {kind}",
            expected="(slices, rows, columns) numbers",
        )
    if not all(0 < step < float("inf") for step in spacing):
        raise SeriesError("spacing is not positive", found=spacing, expected="(z, y, x) in mm")
    return check_spacing(spacing, shape)


def check_named(
    path: Path, shape: tuple[int, ...], kind: np.dtype[Any], spacing: Spacing
) -> tuple[str, ...]:
    """What `volume_from_array` checks before it looks at values, and the notes that it makes of it;
    errors say which file."""
    try:
        return _check_array(shape, kind, spacing)
    except SeriesError as error:
        raise SeriesError(
            error.what,
            where=path,
            found=error.found,
            expected=error.expected,
            do=error.do or "save the volume again in this form",
        ) from error


def read_nifti(path: Path) -> Volume:
    """A NIfTI volume, turned by its affine: head first, patient's right at the left edge.

    Memory is taken for the result and for one slab of it. Raises SeriesError for damaged files,
    other than three dimensions and values that are not HU.
    """
    try:
        # Overflow: a slope that leaves no numbers.
        with quiet_nibabel(), np.errstate(over="raise"):
            image, geometry = _opened(path)
            hu = np.empty(geometry.shape, np.int16)
            count, more = read_voxels(path, image.dataobj, geometry.as_stored(hu))
    except SeriesError:
        raise
    except Exception as error:  # nibabel and zlib raise many types for damaged files
        raise unreadable(path, error, "a NIfTI volume") from error
    count.check(path)
    notes = (*geometry.notes, *more)
    if image.dataobj.slope < 0:
        notes = (*notes, "negative scl_slope: used as it is")
    return Volume(hu, geometry.spacing, geometry.positions(), notes)


def check_nifti(path: Path, whole: bool = False) -> None:
    """Raise SeriesError for a header that `read_nifti` would not take.

    whole: also for a gzipped file that is damaged anywhere, which takes the time to unpack it.
    """
    try:
        with quiet_nibabel():
            image, geometry = _opened(path)
            if whole:
                voxels = math.prod(geometry.shape) * image.get_data_dtype().itemsize
                check_packed(path, image.dataobj.offset + voxels)
    except SeriesError:
        raise
    except Exception as error:  # nibabel and zlib raise many types for damaged files
        raise unreadable(path, error, "a NIfTI volume") from error


def _opened(path: Path) -> tuple[Any, Geometry]:
    """The image, its voxels not read yet. Raises SeriesError for a header that can't be right."""
    image, notes = load_nifti(path)
    kind = image.get_data_dtype()
    shape = image.shape
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) != 3:
        raise _wrong_shape(path, image.shape)
    geometry = geometry_of(image, shape, path)
    doubts = check_named(path, geometry.shape, kind, geometry.spacing)
    return image, replace(geometry, notes=(*notes, *geometry.notes, *doubts))


def unreadable(path: Path, error: Exception, expected: str) -> SeriesError:
    """What is said of a volume that its reader can't parse; never the reader's own text."""
    reason = error.strerror if isinstance(error, OSError) else None
    return SeriesError(
        "can't read volume",
        where=path,
        found=reason or f"a damaged file ({type(error).__name__})",
        expected=expected,
        do="copy the file again from its source",
    )


def _wrong_shape(path: Path, shape: tuple[int, ...]) -> SeriesError:
    return SeriesError(
        "NIfTI file is not one volume",
        where=path,
        found=f"shape {shape}",
        expected="three dimensions",
        do="save each volume in a file of its own",
    )
