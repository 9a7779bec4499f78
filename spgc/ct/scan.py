"""One chest CT in whatever form it lies on disk: DICOM folder or zip archive, NIfTI, `.npy`."""

from __future__ import annotations

from pathlib import Path

from spgc.ct.archive import is_archive
from spgc.ct.files import files_in
from spgc.ct.npy_volume import read_npy, sidecar
from spgc.ct.plain_volumes import NIFTI_ENDINGS, read_nifti
from spgc.ct.series import Volume, read_series
from spgc.errors import SeriesError


def read_scan(source: Path) -> Volume:
    """Read a scan: a folder or zip archive of DICOM, a `.nii`, `.nii.gz` or `.npy` file.

    Raises SeriesError when it can't become one volume in HU.
    """
    name = source.name.lower()
    if source.is_dir() or is_archive(source) or not source.exists():
        return read_series(source)
    if name.endswith(NIFTI_ENDINGS):
        return read_nifti(source)
    if name.endswith(".npy"):
        return read_npy(source)
    raise SeriesError(
        "not a scan",
        where=source,
        found="a file",
        expected="a folder of DICOM, .zip, .nii, .nii.gz or .npy",
        do="name the folder that holds the .dcm files",
    )


def files_of(source: Path) -> list[Path]:
    """The files that a scan depends on, by name. Raises SeriesError when it can't be read."""
    if source.name.lower().endswith(".npy"):
        return [path for path in (source, sidecar(source)) if path.is_file()]
    if source.is_file():
        return [source]
    return files_in(source)
