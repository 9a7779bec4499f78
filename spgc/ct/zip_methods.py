"""Unpacking members of zip archives packed with bzip2 or LZMA, up to a bound.

`zipfile` unpacks these without one: 221 bytes of bzip2 can hold 100 MB.
"""

from __future__ import annotations

import bz2
import lzma
import struct
from typing import BinaryIO
from zipfile import ZIP_BZIP2, ZIP_LZMA, BadZipFile, ZipInfo

from spgc.ct.zip_layout import LOCAL_HEADER

BOUNDLESS = frozenset({ZIP_BZIP2, ZIP_LZMA})
"""Methods that are unpacked here."""

_ENCRYPTED = 1

MAX_DICTIONARY = 256 * 2**20
"""Bytes of memory that an LZMA stream may ask for."""


def unpack_start(file: BinaryIO, info: ZipInfo, most: int) -> bytes:
    """The first `most` bytes of a member. Raises BadZipFile and what the decompressors raise."""
    if info.flag_bits & _ENCRYPTED:
        raise RuntimeError("password required")
    file.seek(info.header_offset)
    header = file.read(LOCAL_HEADER)
    name, extra = struct.unpack_from("<HH", header, LOCAL_HEADER - 4)
    file.seek(name + extra, 1)
    packed = file.read(info.compress_size)
    if info.compress_type == ZIP_BZIP2:
        return bz2.BZ2Decompressor().decompress(packed, most)
    return _lzma(packed, most)


def _lzma(packed: bytes, most: int) -> bytes:
    """The form of section 5.8: version, length of the properties, properties, raw stream."""
    _, length = struct.unpack_from("<HH", packed)
    coded, dictionary = struct.unpack_from("<BI", packed, 4)
    if length != 5 or dictionary > MAX_DICTIONARY:
        raise BadZipFile("LZMA properties")
    settings = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": dictionary,
        "lc": coded % 9,
        "lp": coded // 9 % 5,
        "pb": coded // 45,
    }
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[settings])
    return unpacker.decompress(packed[4 + length :], most)
