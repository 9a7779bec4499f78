"""NIfTI and `.npy` volumes: scans that are one volume already."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.ct.nifti_axes import check_axes, normal, steps
from spgc.ct.nifti_file import load_nifti
from spgc.ct.nifti_header import check_data_offset, check_voxels
from spgc.ct.plausible import AIR, HuCount, check_spacing
from spgc.ct.quiet_pydicom import quiet_nibabel
from spgc.ct.series import Volume
from spgc.errors import SeriesError

NIFTI_ENDINGS = (".nii", ".nii.gz")

PADDING = AIR - 1
"""What stands for numbers that are none: below all HU, so that it proves nothing of the scan."""


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
    check_spacing(spacing, hu.shape)
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
        with quiet_nibabel():
            image = _opened(path)
            mm, notes = check_axes(image, path)
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
    affine = np.diag([mm, mm, mm, 1.0]) @ image.affine
    z, y, x = steps(affine)
    volume = named(path, hu, (z, y, x))
    foot = float(normal(affine) @ affine[:3, 3])
    positions = foot + z * np.arange(len(hu), dtype=np.float64)[::-1]
    return Volume(volume.hu, volume.spacing, positions, notes)


def check_nifti(path: Path) -> None:
    """Raise SeriesError for a header that `read_nifti` would not take."""
    try:
        with quiet_nibabel():
            _opened(path)
    except SeriesError:
        raise
    except Exception as error:  # nibabel and zlib raise many types for damaged files
        raise unreadable(path, error, "a NIfTI volume") from error


def _opened(path: Path) -> Any:
    """The image, its voxels not read yet. Raises SeriesError for a header that claims too much."""
    check_data_offset(path)
    image: Any = load_nifti(path)
    check_voxels(path, image.shape, image.get_data_dtype().itemsize, image.dataobj.offset)
    return image


def _as_hu(values: NDArray[Any]) -> NDArray[np.int16]:
    if values.dtype.kind == "f":
        values = np.rint(np.nan_to_num(values, nan=PADDING, posinf=PADDING, neginf=PADDING))
    count = HuCount()
    count.add(values)
    count.check()
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
