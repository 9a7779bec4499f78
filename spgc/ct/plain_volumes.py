"""Scans that are one volume already: NIfTI files, and arrays of your own."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.ct.hounsfield import AIR
from spgc.ct.nifti_header import check_affine, check_data_offset, check_voxels
from spgc.ct.quiet_pydicom import quiet_nibabel
from spgc.ct.series import Volume
from spgc.errors import SeriesError

NIFTI_ENDINGS = (".nii", ".nii.gz")

AIR_BELOW = -300
"""HU that some voxel of every chest CT lies below: without one, the values are not HU."""

OBLIQUE = 1e-2
"""Direction cosine off the axes from which a NIfTI volume gets a note."""


def volume_from_array(
    hu: NDArray[Any], spacing: tuple[float, float, float], notes: tuple[str, ...] = ()
) -> Volume:
    """A volume from an array of your own.

    hu: (S, H, W) numbers in HU, head to feet, patient's right at the left edge, front at the
    top; spacing: (z, y, x) mm. Raises SeriesError for anything else.
    """
    if hu.ndim != 3 or 0 in hu.shape or hu.dtype.kind not in "iuf":
        raise SeriesError(
            "array is no volume",
            found=f"{hu.shape} {hu.dtype}",
            expected="(slices, rows, columns) numbers",
        )
    if not all(0 < step < float("inf") for step in spacing):
        raise SeriesError("spacing is not positive", found=spacing, expected="(z, y, x) in mm")
    return Volume(_as_hu(hu), spacing, -spacing[0] * np.arange(len(hu), dtype=np.float64), notes)


def named(path: Path, array: NDArray[Any], spacing: tuple[float, float, float]) -> Volume:
    """`volume_from_array` of a file, whose errors say which file."""
    try:
        return volume_from_array(array, spacing)
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

    Raises SeriesError for damaged files, other than three dimensions and values that are not HU.
    """
    import nibabel

    try:
        check_data_offset(path)
        with quiet_nibabel():
            image: Any = nibabel.load(path)
        check_voxels(path, image.shape, image.get_data_dtype().itemsize, image.dataobj.offset)
        check_affine(path, image.affine)
        notes = _orientation_notes(image)
        with quiet_nibabel():
            warnings.filterwarnings("error", "overflow")  # a slope that leaves no numbers
            # Axes grow to the right, front and head.
            image = nibabel.as_closest_canonical(image)  # type: ignore[no-untyped-call]
            data = np.asanyarray(image.dataobj)
    except SeriesError:
        raise
    except Exception as error:  # nibabel and zlib raise many types for damaged files
        raise unreadable(path, error, "a NIfTI volume") from error
    while data.ndim > 3 and data.shape[-1] == 1:
        data = data[..., 0]
    if data.ndim != 3:
        raise _wrong_shape(path, data.shape)
    # Ours grow to the feet, back and left.
    hu = np.ascontiguousarray(data.transpose(2, 1, 0)[::-1, ::-1, ::-1])
    x, y, z = (float(step) for step in image.header.get_zooms()[:3])
    volume = named(path, hu, (z, y, x))
    normal = _normal(image.affine)
    foot = float(normal @ image.affine[:3, 3])
    positions = foot + z * np.arange(len(hu), dtype=np.float64)[::-1]
    return Volume(volume.hu, volume.spacing, positions, notes)


def _normal(affine: NDArray[Any]) -> NDArray[np.float64]:
    column = np.asarray(affine[:3, 2], np.float64)
    return np.asarray(column / np.linalg.norm(column), np.float64)


def _orientation_notes(image: Any) -> tuple[str, ...]:
    notes = []
    if int(image.header["sform_code"]) == 0 and int(image.header["qform_code"]) == 0:
        notes.append("NIfTI without orientation: taken as stored feet to head, right side first")
    directions = image.affine[:3, :3] / np.linalg.norm(image.affine[:3, :3], axis=0)
    if np.sort(np.abs(directions), axis=0)[:2].max() > OBLIQUE:
        notes.append("NIfTI axes are oblique: slices were kept as stored")
    return tuple(notes)


def _as_hu(values: NDArray[Any]) -> NDArray[np.int16]:
    if values.dtype.kind == "f":
        values = np.rint(np.nan_to_num(values, nan=AIR, posinf=AIR, neginf=AIR))
    if values.min() >= AIR_BELOW:
        raise SeriesError(
            "volume is not in HU",
            found=f"values from {values.min():g} to {values.max():g}",
            expected="HU, with air near -1000",
            do="convert the volume to HU and save it again",
        )
    return np.asarray(np.clip(values, AIR, np.iinfo(np.int16).max), np.int16)


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
