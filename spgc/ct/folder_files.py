"""The files of a scan's folder: which may be slices, and opening them."""

from __future__ import annotations

from io import BufferedReader
from os.path import normcase
from pathlib import Path

from spgc.ct.size_limits import check_file_size
from spgc.errors import SeriesError
from spgc.files.regular import is_folder, open_checked
from spgc.files.stray import is_stray

_DICOM_ENDINGS = frozenset({".dcm", ".dicom", ".ima"})


def open_file(path: Path) -> BufferedReader:
    """A file of a scan, open to read bytes.

    Raises SeriesError for one that may not be read, a link that leads nowhere, a named pipe or
    anything else that is no regular file, and for one larger than any scan.
    """
    try:
        check_file_size(path)
        return open_checked(path)
    except OSError as error:
        raise SeriesError(
            "can't open file of a scan",
            where=path,
            found=error.strerror,
            expected="a file that may be read",
            do="check its permissions, copy the file again from its source, or remove it",
        ) from error


def files_in(folder: Path) -> list[Path]:
    """The files of a scan's folder by name, less stray ones. Raises SeriesError on failure.

    What is listed but can't be opened is among them: leaving it out would lose a slice unsaid.
    """
    try:
        entries = [entry for entry in folder.iterdir() if not is_stray(entry.name)]
    except OSError as error:
        raise SeriesError(
            "can't read scan folder",
            where=folder,
            found=error.strerror,
            expected="a folder of DICOM files",
            do="check the path and its permissions",
        ) from error
    entries.sort(key=lambda entry: normcase(entry.name))  # as paths are sorted, and in less time
    return [entry for entry in entries if _may_be_slice(entry)]


def _may_be_slice(path: Path) -> bool:
    return claims_dicom(path) or not is_folder(path)


def claims_dicom(path: Path) -> bool:
    """Whether a name says that its file is DICOM: one that isn't then fails its scan."""
    return path.suffix.lower() in _DICOM_ENDINGS
