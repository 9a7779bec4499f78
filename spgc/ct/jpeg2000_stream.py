"""The main header and tile-parts of a JPEG 2000 code stream (ITU-T T.800, annex A).

OpenJPEG fills what a stream lacks with grey, tiles that are not there included, and reserves memory
for whatever a header claims: both are checked before it sees the stream.
"""

from __future__ import annotations

import struct
from collections import defaultdict

from spgc.ct.jpeg_stream import DamagedStreamError

_START = b"\xff\x4f\xff\x51"
_SOT, _SOD, _EOC = b"\xff\x90", b"\xff\x93", b"\xff\xd9"
_COD, _COC = b"\xff\x52", b"\xff\x53"
_SOT_BYTES = 12

MAX_TILES = 4096
"""Tiles of an image; those of CT slices are whole images or at least 64 pixels wide."""

MAX_PRECINCTS = 2**16
"""Precincts of an image and all its layers together: OpenJPEG takes memory for each."""


def parse_jpeg2000(stream: bytes) -> tuple[tuple[int, int], int]:
    """Size (H, W) and components of a whole stream. Raises DamagedStreamError.

    A JP2 file, which DICOM doesn't allow but some write, is taken by its code stream.
    """
    start = stream.find(_START)
    if start < 0:
        raise DamagedStreamError("no start marker")
    try:
        size, components, tiles = _image_size(stream, start + 4)
        first = _header(stream, start + 2, _SOT, size)
        _tile_parts(stream, first, size, tiles)
    except (struct.error, IndexError) as error:
        raise DamagedStreamError("no end marker") from error
    return size, components


def _image_size(stream: bytes, at: int) -> tuple[tuple[int, int], int, int]:
    """SIZ (A.5.1): size (H, W), components and tiles."""
    _, _, x1, y1, x0, y0, width, height, left, top, components = struct.unpack_from(
        ">HHIIIIIIIIH", stream, at
    )
    if not (x0 < x1 and y0 < y1 and width and height and left <= x0 and top <= y0):
        raise DamagedStreamError("a damaged size segment")
    tiles = -(-(x1 - left) // width) * -(-(y1 - top) // height)
    if tiles > MAX_TILES:
        raise DamagedStreamError(f"{tiles:,} tiles in one image")
    return (y1 - y0, x1 - x0), components, tiles


def _header(stream: bytes, at: int, end: bytes, size: tuple[int, int]) -> int:
    """Walk over marker segments up to the marker `end`: where it stands."""
    while (marker := stream[at : at + 2]) != end:
        (length,) = struct.unpack_from(">H", stream, at + 2)
        if marker[0] != 0xFF or length < 2 or marker == _COC:  # COC: for images of several colours
            raise DamagedStreamError("a damaged segment")
        if marker == _COD:
            _check_precincts(stream, at, size)
        at += 2 + length
    return at


def _check_precincts(stream: bytes, at: int, size: tuple[int, int]) -> None:
    """COD (A.6.1): the precincts of each resolution, which halves from the last to the first."""
    style, _, layers, _, levels = struct.unpack_from(">BBHBB", stream, at + 4)
    if levels > 32:
        raise DamagedStreamError("a damaged coding style")
    count = 0
    for resolution in range(levels + 1):
        exponents = stream[at + 14 + resolution] if style & 1 else 0xFF
        sides = zip(size, (exponents >> 4, exponents & 15), strict=True)
        scale = levels - resolution
        y, x = (-(-side // 2 ** (scale + exponent)) for side, exponent in sides)
        count += y * x
    if count * max(layers, 1) > MAX_PRECINCTS:
        raise DamagedStreamError(f"{count:,} precincts in {layers:,} layers")


def _tile_parts(stream: bytes, at: int, size: tuple[int, int], tiles: int) -> None:
    """Each says its length (A.4.2); the end of the last is the end of the stream."""
    parts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    while stream[at : at + 2] == _SOT:
        tile, length, number, count = struct.unpack_from(">HIBB", stream, at + 4)
        parts[tile].append((number, count))
        _header(stream, at + _SOT_BYTES, _SOD, size)
        if length == 0:  # the last one may leave it open
            at = stream.rstrip(b"\0\xff").rfind(_EOC, at)
            break
        at += max(length, _SOT_BYTES)
    if stream[at : at + 2] != _EOC or stream[at + 2 :].strip(b"\0\xff"):
        raise DamagedStreamError("lost data: tile-parts don't fill the stream")
    if parts.keys() != set(range(tiles)):
        raise DamagedStreamError(f"lost data: {len(parts):,} of {tiles:,} tiles")
    if not all(map(_is_whole, parts.values())):
        raise DamagedStreamError("lost data: a tile lacks a part, or has one twice")


def _is_whole(parts: list[tuple[int, int]]) -> bool:
    """Whether a tile's parts, by number and count, are all there in order; count 0: not said."""
    counts = {count for _, count in parts} - {0}
    return [number for number, _ in parts] == list(range(len(parts))) and counts <= {len(parts)}
