"""File types by their first bytes: names of medical images and archives say little."""

from __future__ import annotations

import bz2
import lzma
import math
import struct
import zlib
from pathlib import Path

from spgc.files.regular import open_regular

HEAD = 512
"""First bytes that tell the kinds apart."""

DICOM, BARE, NIFTI, NPY = "DICOM", "bare DICOM", "NIfTI", "NumPy"
"""`BARE`: DICOM without preamble (PS3.10, section 7.1), as old exports have it."""

META = "MetaImage"

ZIP, GZIP, TAR = "zip", "gzip", "tar"

PAIR, NRRD = "a NIfTI or Analyze pair", "NRRD"
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
    (0, b"\x04\x22\x4d\x18", "LZ4"),
    (0, b"LZIP\x01", "lzip"),
    (0, b"\x1f\x9d", "Unix compress"),
    (257, b"ustar", TAR),
    (344, b"n+1\0", NIFTI),
    (4, b"n+2\0", NIFTI),
    (344, b"ni1\0", PAIR),
    (4, b"ni2\0", PAIR),
    (0, b"ObjectType", META),
    (0, b"NDims", META),
    (0, b"NRRD000", NRRD),
)

BZIP2, XZ, LZMA = "bzip2", "xz", "LZMA"

PACKED = frozenset(
    {ZIP, GZIP, TAR, BZIP2, XZ, LZMA}
    | {"7-Zip", "RAR", "Zstandard", "LZ4", "lzip", "Unix compress"}
)

_FIRST_BLOCK = 2**20
"""Bytes of a packed file in which its first bytes lie: blocks of bzip2 have 900 kB."""

_MOST_MEMORY = 2**28
"""Bytes that unpacking the beginning of a file with LZMA may take: `xz -9` takes 65 MiB."""

_DIRECTORY = b"1.2.840.10008.1.3.10"
"""SOP class of a DICOMDIR (PS3.4, B.5), which lists images and is none."""

_DIRECTORY_WITHIN = 256
"""Bytes in which the SOP class stands: an element of 14 bytes and its own head come before it."""

_FIRST_GROUPS = (2, 8)
_LAST_SECOND_GROUP = 0x10
_VALUES = frozenset(b"AE CS DA DT LO LT PN SH ST TM UI UL US".split())
_BYTE_TYPES = (1, 2, 256)
"""NIfTI data types of one bit or eight: masks, never HU."""


def kind_of(head: bytes) -> str:
    """The kind of a file that begins with `head` (`HEAD` bytes, or all of it); "" if unknown."""
    for offset, magic, kind in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return kind
    if _is_lzma(head):
        return LZMA
    if _is_bare(head):
        return BARE
    if len(head) >= 348 and 348 in struct.unpack("<i", head[:4]) + struct.unpack(">i", head[:4]):
        return PAIR
    return ""


def _is_lzma(head: bytes) -> bool:
    """Whether a file begins as `.lzma` does: usual settings, a dictionary, a size or none."""
    if len(head) < 13 or head[:3] != b"\x5d\0\0":
        return False
    size = int.from_bytes(head[5:13], "little")
    return head[13:14] in (b"", b"\0") and (size == 2**64 - 1 or size < 2**40)


def is_directory(head: bytes) -> bool:
    """Whether a file is a DICOMDIR, which names images and holds none, whatever it is called."""
    return kind_of(head) == DICOM and _DIRECTORY in head[:_DIRECTORY_WITHIN]


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
    """The kind of a file; of what is inside for gzip, bzip2, xz and LZMA (`gzip of NIfTI` …).

    Raises OSError for what can't be opened.
    """
    outer, head = opened_head(path)
    if not outer:
        return kind_of(head)
    inside = kind_of(head)
    return f"{outer} of {inside}" if inside else outer


def opened_head(path: Path) -> tuple[str, bytes]:
    """What a file is packed with, of `UNPACKERS`, or ""; and the first bytes of what it holds.

    Raises OSError for what can't be opened.
    """
    with open_regular(path) as file:
        head = file.read(HEAD)
        kind = kind_of(head)
        if kind not in UNPACKERS:
            return "", head
        if kind != GZIP:
            head += file.read(_FIRST_BLOCK)
    return kind, unpacked(head, HEAD, kind)


def _unpack_gzip(packed: bytes, most: int) -> bytes:
    return zlib.decompressobj(wbits=31).decompress(packed, most)


def _unpack_bzip2(packed: bytes, most: int) -> bytes:
    return bz2.BZ2Decompressor().decompress(packed, most)


def _unpack_lzma(packed: bytes, most: int) -> bytes:
    return lzma.LZMADecompressor(memlimit=_MOST_MEMORY).decompress(packed, most)


UNPACKERS = {GZIP: _unpack_gzip, BZIP2: _unpack_bzip2, XZ: _unpack_lzma, LZMA: _unpack_lzma}
"""What looks into files packed in these ways."""


def unpacked(packed: bytes, most: int, kind: str = GZIP) -> bytes:
    """At most `most` bytes of what the beginning of a packed file holds; b"" when it is damaged."""
    try:
        return UNPACKERS[kind](packed, most)
    except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError):
        return b""


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
