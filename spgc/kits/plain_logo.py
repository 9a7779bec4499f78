"""A plain picture where a platform asks for a logo: organisers put their own in its place."""

from __future__ import annotations

import struct
import zlib

SIDE = 64
_COLOUR = bytes((54, 95, 145))


def logo_png() -> bytes:
    """A square of one colour as PNG (W3C PNG, third edition: 8-bit RGB, no filter)."""
    rows = (b"\x00" + _COLOUR * SIDE) * SIDE
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
