"""Scans that are one file: a zip archive of DICOM, a NIfTI volume, a `.npy` with its spacing.

What is no such file but holds a scan all the same counts as one: its reader says what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from spgc.ct.archive import Member, first_bytes, opened_archive
from spgc.ct.npy_volume import mapped
from spgc.data.folders import Place, spread
from spgc.errors import SeriesError
from spgc.files.file_kinds import (
    BARE,
    DICOM,
    GZIP,
    META,
    NIFTI,
    NPY,
    NRRD,
    PAIR,
    TAR,
    ZIP,
    holds_image,
    is_byte_nifti,
    kind_of,
    peek,
)
from spgc.files.regular import check_regular, is_listed

ENDINGS = (
    ".nii.gz",
    ".nii.bz2",
    ".nii.xz",
    ".nii",
    ".npy",
    ".zip",
    ".tar.gz",
    ".tar.bz2",
    ".tar.xz",
    ".tar.zst",
    ".tgz",
    ".tbz2",
    ".txz",
    ".tar",
    ".mha",
    ".mhd",
    ".nrrd",
    ".nhdr",
    ".hdr",
    ".mgz",
    ".iso",
    ".7z",
    ".rar",
)
"""Longest first: a case ID is a file's name without its ending. Each such file is looked into."""

_PACKED_NAMES = (".tar", ".nii", ".dcm", ".tbz2", ".txz")

_SMALLEST = 16
"""Pixels along a side from which an array without its spacing may be a volume."""


def case_of(name: str) -> str:
    """The case ID that a scan's folder or file stands for: its name without a known ending."""
    lower = name.lower()
    if lower.endswith(ENDINGS):
        ending = next(ending for ending in ENDINGS if lower.endswith(ending))
        return name[: -len(ending)] or name
    return name


def single_scans(place: Place) -> tuple[list[Path], list[Path]]:
    """The files of `place` that are scans of their own, by name, and those that may be masks.

    Masks are volumes of 8 bits, which HU do not fit in.
    """
    scans, masks = [], []
    for name in place.files:
        if case_of(name) != name:
            path = place.path / name
            kind = _kind(path)
            if kind == "mask":
                masks.append(path)
            elif kind:
                scans.append(path)
    return scans, masks


def _kind(path: Path) -> str:
    """ "scan" for what its reader takes or refuses by name, "mask", or "" for anything else."""
    try:
        return _looked_into(path)
    except (OSError, SeriesError):
        return "scan"


def _looked_into(path: Path) -> str:
    name = path.name.lower()
    if not check_regular(path):
        return "scan"
    kind = peek(path)
    if kind == ZIP:
        return "scan" if archive_holds_scan(path) else ""
    if kind in (NIFTI, f"{GZIP} of {NIFTI}"):
        return "mask" if is_byte_nifti(path) else "scan"
    if kind == NPY:
        return "scan" if is_listed(path.with_suffix(".json")) or _is_volume(path) else ""
    if kind in (TAR, f"{GZIP} of {TAR}"):
        return "scan" if holds_image(path) else ""
    if kind in ("bzip2", "xz", "Zstandard"):
        inside = name.rsplit(".", 1)[0]
        return "scan" if inside.endswith(_PACKED_NAMES) or name.endswith(_PACKED_NAMES) else ""
    # Otherwise damaged, or of a kind that is never anything else; .hdr is used for other things.
    return "" if not kind and name.endswith(".hdr") else "scan"


def archive_holds_scan(archive: Path) -> bool:
    """Whether some file in a zip archive is DICOM, NIfTI or packed again, or it is damaged.

    A damaged archive counts: its reader says what is wrong with it.
    """
    try:
        with opened_archive(archive) as (opened, listed):
            return any(_may_be_scan(opened, member) for member in _to_look_at(listed))
    except SeriesError:
        return True


def _to_look_at(listed: list[Member]) -> Iterator[Member]:
    by_name = {str(index): member for index, member in enumerate(listed)}
    groups: dict[str, list[str]] = {}
    for index, member in by_name.items():
        groups.setdefault(Path(member.info.filename).suffix.lower(), []).append(index)
    for group in groups.values():
        yield from (by_name[index] for index in spread(group))


def _may_be_scan(opened: ZipFile, member: Member) -> bool:
    kind = kind_of(first_bytes(opened, member))
    office = member.info.filename.lower().endswith((".docx", ".xlsx", ".pptx"))
    return kind in _IN_ARCHIVE and not office


_IN_ARCHIVE = (DICOM, BARE, NIFTI, PAIR, META, NRRD, GZIP, ZIP, TAR, "7-Zip", "RAR")
"""What makes an archive one of scans; packed again, it may be anything."""


def _is_volume(path: Path) -> bool:
    """Whether an array has the shape and type of a volume in HU; label arrays have not."""
    try:
        array = mapped(path)
    except Exception:  # each Python has its own errors for a damaged header
        return True  # its reader says so
    shape = [length for length in array.shape if length != 1]
    wide = len(shape) == 3 and min(shape[1:]) >= _SMALLEST
    return wide and array.dtype.kind in "iuf" and array.dtype.itemsize > 1
