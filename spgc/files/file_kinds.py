"""File types by their first bytes: names of medical images and archives say little."""

from __future__ import annotations

import math
import struct
import tarfile
import zlib
from pathlib import Path

from spgc.files.regular import open_regular

HEAD = 512
"""First bytes that tell the kinds apart."""

DICOM, BARE, NIFTI, NPY = "DICOM", "bare DICOM", "NIfTI", "NumPy"
"""`BARE`: DICOM without preamble (PS3.10, section 7.1), as old exports have it."""

ZIP, GZIP, TAR = "zip", "gzip", "tar"

PAIR, META, NRRD = "a NIfTI or Analyze pair", "MetaImage", "NRRD"
"""Volumes that spgc does not read."""

PREAMBLE, MARK = 128, b"DICM"
"""Bytes before the mark of a DICOM file, whatever they are, and the mark (PS3.10, section 7.1)."""

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (PREAMBLE, MARK, DICOM),
    (0, b"\x93NUMPY", NPY),
    (0, b"PK\x03\x04", ZIP),
    (0, b"PK\x05\x06", ZIP),
    (0, b"\x1f\x8b", GZIP),
    (0, b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (0, b"Rar!\x1a\x07", "RAR"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "Zstandard"),
    (257, b"ustar", TAR),
    (344, b"n+1\0", NIFTI),
    (4, b"n+2\0", NIFTI),
    (344, b"ni1\0", PAIR),
    (4, b"ni2\0", PAIR),
    (0, b"ObjectType", META),
    (0, b"NDims", META),
    (0, b"NRRD000", NRRD),
)

PACKED = frozenset({ZIP, GZIP, TAR, "7-Zip", "RAR", "bzip2", "xz", "Zstandard"})

_FIRST_GROUPS = (2, 8)
_LAST_SECOND_GROUP = 0x10
_VALUES = frozenset(b"AE CS DA DT LO LT PN SH ST TM UI UL US".split())
_UNPACKED_MOST, _MEMBERS_MOST = 2**28, 10_000
"""Bytes and files of a tar archive that are looked into."""

_BYTE_TYPES = (1, 2, 256)
"""NIfTI data types of one bit or eight: masks, never HU."""


def kind_of(head: bytes) -> str:
    """The kind of a file that begins with `head` (`HEAD` bytes, or all of it); "" if unknown."""
    for offset, magic, kind in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return kind
    if _is_bare(head):
        return BARE
    if len(head) >= 348 and 348 in struct.unpack("<i", head[:4]) + struct.unpack(">i", head[:4]):
        return PAIR
    return ""


def _is_bare(head: bytes) -> bool:
    """Whether a file begins with two elements in order, the first of group 2 or 8."""
    if len(head) < 16:
        return False
    group, element, length = struct.unpack_from("<HHI", head)
    if head[4:6] in _VALUES:
        length = struct.unpack_from("<H", head, 6)[0]
    if group not in _FIRST_GROUPS or 8 + length + 8 > len(head):
        return False
    second = struct.unpack_from("<HH", head, 8 + length)
    return second[0] <= _LAST_SECOND_GROUP and second > (group, element)


def peek(path: Path) -> str:
    """The kind of a file; of what is inside for gzip (`gzip of NIfTI`, `gzip of tar` …).

    Raises OSError for what can't be opened.
    """
    with open_regular(path) as file:
        head = file.read(HEAD)
    kind = kind_of(head)
    if kind != GZIP:
        return kind
    inside = kind_of(unpacked(head, HEAD))
    return f"{GZIP} of {inside}" if inside else GZIP


def unpacked(packed: bytes, most: int) -> bytes:
    """At most `most` bytes of what the beginning of a gzip file holds; b"" when it is damaged."""
    try:
        return zlib.decompressobj(wbits=31).decompress(packed, most)
    except zlib.error:
        return b""


def holds_image(path: Path) -> bool:
    """Whether a tar archive, gzipped or not, holds DICOM or NIfTI, or more than is looked into."""
    with open_regular(path) as file:
        packed = kind_of(file.read(HEAD)) == GZIP
        file.seek(0)
        try:
            with tarfile.open(fileobj=file, mode="r|gz" if packed else "r:") as opened:
                return _any_image(opened, packed)
        except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error):
            return True  # damaged before anything that is an image: nobody knows what follows


def _any_image(opened: tarfile.TarFile, packed: bool) -> bool:
    for count, member in enumerate(opened):
        content = opened.extractfile(member) if member.isreg() else None
        if content is not None and _is_image(content.read(HEAD)):
            return True
        far = packed and member.offset_data + member.size > _UNPACKED_MOST
        if far or count > _MEMBERS_MOST:
            return True  # nobody knows: its reader says that it is not unpacked
    return False


def _is_image(head: bytes) -> bool:
    kind = kind_of(head)
    if kind == GZIP:
        kind = kind_of(unpacked(head, HEAD))
    return kind in (DICOM, BARE, NIFTI)


def is_byte_nifti(path: Path) -> bool:
    """Whether a NIfTI file, gzipped or not, holds values of 8 bits as they are, as masks do.

    With a slope they can be HU.

    Raises OSError for what can't be opened.
    """
    with open_regular(path) as file:
        head = file.read(HEAD)
    if kind_of(head) == GZIP:
        head = unpacked(head, HEAD)
    if kind_of(head) != NIFTI or len(head) < 184:
        return False
    order = "<" if head[:4] in (b"\x5c\x01\0\0", b"\x1c\x02\0\0") else ">"
    first = head[344:348] == b"n+1\0"
    slope = (
        struct.unpack_from(f"{order}f", head, 112)
        if first
        else (struct.unpack_from(f"{order}d", head, 176))
    )
    kind = struct.unpack_from(f"{order}h", head, 70 if first else 12)[0]
    return kind in _BYTE_TYPES and (slope[0] in (0, 1) or not math.isfinite(slope[0]))
