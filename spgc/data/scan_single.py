"""Scans that are one file: a zip archive of DICOM, a NIfTI volume, a `.npy` with its spacing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

from spgc.stray import is_stray

ENDINGS = (".nii.gz", ".nii", ".npy", ".zip")
"""Longest first: a case ID is a file's name without its ending."""


def case_of(name: str) -> str:
    """The case ID that a scan's folder or file stands for: its name without a known ending."""
    for ending in ENDINGS:
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name


def single_scans(place: Path, files: Iterable[str], folders: Iterable[str]) -> Iterator[Path]:
    """The files of `place` that are scans of their own, by name.

    An archive beside the folder it was packed from is left out: the folder is the scan.
    """
    beside = set(folders)
    for name in sorted(files):
        path = place / name
        if case_of(name) != name and case_of(name) not in beside and not is_stray(name):
            if name.lower().endswith(".zip"):
                if _holds_one_scan(path):
                    yield path
            elif not name.lower().endswith(".npy") or path.with_suffix(".json").is_file():
                # Label arrays are .npy as well; a volume has its spacing beside it.
                yield path


def _holds_one_scan(archive: Path) -> bool:
    """Whether the files of an archive lie in one folder and may be DICOM, or it is damaged.

    A damaged archive counts: its reader says what is wrong with it.
    """
    try:
        with ZipFile(archive) as opened:
            names = [PurePosixPath(i.filename) for i in opened.infolist() if not i.is_dir()]
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        return True
    wanted = [n for n in names if not is_stray(n.name) and "__MACOSX" not in n.parts]
    dicom = [n for n in wanted if n.suffix.lower() in (".dcm", ".dicom", ".ima", "")]
    return bool(dicom) and len({n.parent for n in dicom}) == 1
