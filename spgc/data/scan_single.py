"""Scans that are one file: a zip of DICOM, a NIfTI or MetaImage volume, a `.npy` with spacing.

What is no such file but holds a scan all the same counts as one: its reader says what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np

from spgc.ct.archive import Member, first_bytes, opened_archive
from spgc.ct.metaimage_file import is_byte_metaimage
from spgc.ct.npy_volume import mapped
from spgc.ct.stray_images import strays_of_archive
from spgc.data.folders import Place, spread
from spgc.errors import SeriesError
from spgc.files.file_kinds import (
    BARE,
    DICOM,
    GZIP,
    HEAD,
    META,
    NIFTI,
    NPY,
    NRRD,
    PACKED,
    PAIR,
    TAR,
    UNPACKERS,
    ZIP,
    is_byte_nifti,
    kind_of,
    opened_head,
    peek,
)
from spgc.files.regular import check_regular, is_listed
from spgc.files.tar_content import holds_image
from spgc.jobs.quiet_warnings import no_warnings

ENDINGS = (
    ".nii.gz",
    ".nii.bz2",
    ".nii.xz",
    ".nii.lzma",
    ".nii.lz4",
    ".nii.zst",
    ".nii",
    ".npy",
    ".npz",
    ".zip",
    ".tar.gz",
    ".tar.bz2",
    ".tar.xz",
    ".tar.lzma",
    ".tar.lz4",
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
    ".mnc",
    ".iso",
    ".7z",
    ".rar",
)
"""Longest first: a case ID is a file's name without its ending. Each such file is looked into."""

_DOCUMENTS = frozenset(
    {".csv", ".doc", ".docx", ".html", ".js", ".json", ".log", ".md", ".pdf", ".pptx", ".py"}
    | {".sql", ".svg", ".tsv", ".txt", ".xlsx", ".xml", ".yaml", ".yml"}
)
"""Endings of what is packed besides scans, and is none: `table.csv.zst`."""

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
        found = _by_content(path) if check_regular(path) else None
    except (OSError, SeriesError):
        return "scan"
    if found is None:  # damaged, or never anything else; .hdr is used for other things
        return "" if path.name.lower().endswith(".hdr") else "scan"
    return found


def holds_volume(path: Path) -> bool:
    """Whether a file holds a scan by its first bytes, whatever it is called.

    False for one that can't be opened, and for slices, which are a part of a scan.
    """
    try:
        return bool(_by_content(path))
    except OSError:
        return False


def _by_content(path: Path) -> str | None:
    """ "scan", "mask", or "" for what is neither; None where the first bytes don't say.

    Raises OSError for what can't be opened.
    """
    kind = peek(path)
    inside = kind.partition(" of ")[2]
    if kind == ZIP:
        return "scan" if archive_holds_scan(path) else ""
    if kind in (NIFTI, f"{GZIP} of {NIFTI}"):
        return "mask" if is_byte_nifti(path) else "scan"
    if kind == META:
        return "mask" if is_byte_metaimage(path) else "scan"
    if kind == NPY:
        return "scan" if is_listed(path.with_suffix(".json")) or _is_volume(path) else ""
    if kind in (TAR, f"{GZIP} of {TAR}"):
        return "scan" if holds_image(path) else ""
    if inside == NPY:
        return "scan" if _is_volume_head(opened_head(path)[1]) else ""
    if kind in PACKED - UNPACKERS.keys():
        return "" if _is_document(path.name) else "scan"
    if inside or kind in (PAIR, NRRD) or _is_damaged(path, kind):
        return "scan"
    return None


def _is_damaged(path: Path, kind: str) -> bool:
    """Whether nothing can be unpacked of a file, which may hold anything but a document."""
    large = kind in UNPACKERS and check_regular(path) > HEAD and not _is_document(path.name)
    return large and not opened_head(path)[1]


def _is_document(name: str) -> bool:
    """Whether a packed file is no scan by its name, all that is known of its content."""
    return any(suffix in _DOCUMENTS for suffix in Path(name.lower()).suffixes)


def archive_holds_scan(archive: Path) -> bool:
    """Whether some file in a zip archive is DICOM, a volume or packed again, or it is damaged.

    A damaged archive counts: its reader says what is wrong with it.
    """
    try:
        with opened_archive(archive) as (opened, listed):
            found = any(_may_be_scan(opened, member) for member in _to_look_at(listed))
            return found or any(True for _ in strays_of_archive(archive, opened))
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
    head = first_bytes(opened, member)
    kind = kind_of(head)
    if kind == NPY:
        return _is_volume_head(head)
    if kind in PACKED:
        return not _is_document(member.info.filename)
    return kind in (DICOM, BARE, NIFTI, PAIR, META, NRRD)


def _is_volume(path: Path) -> bool:
    """Whether an array has the shape and type of a volume in HU; label arrays have not."""
    try:
        array = mapped(path)
    except Exception:  # each Python has its own errors for a damaged header
        return True  # its reader says so
    return _like_volume(array.shape, array.dtype)


def _is_volume_head(head: bytes) -> bool:
    """Whether the first bytes of a `.npy` file are those of a volume, or of a damaged one."""
    stream = BytesIO(head)
    try:
        version = np.lib.format.read_magic(stream)
        long = version > (1, 0)
        reader = (
            np.lib.format.read_array_header_2_0 if long else np.lib.format.read_array_header_1_0
        )
        with no_warnings():  # of headers that Python 2 wrote
            shape, _, kind = reader(stream)
    except Exception:  # each Python has its own errors for a damaged header
        return True
    return _like_volume(shape, kind)


def _like_volume(lengths: tuple[int, ...], kind: np.dtype[Any]) -> bool:
    shape = [length for length in lengths if length != 1]
    wide = len(shape) == 3 and min(shape[1:]) >= _SMALLEST
    return wide and kind.kind in "iuf" and kind.itemsize > 1
