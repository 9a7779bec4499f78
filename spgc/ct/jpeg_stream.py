"""Marker segments of JPEG and JPEG-LS streams (ITU-T T.81 annex B, T.87 annex C).

Decoders fill what a damaged stream lacks with grey and say nothing. What the markers promise is
therefore checked before a decoder sees the stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_DHT, _DRI = 0xC4, 0xDD
_FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7}) - {_DHT, 0xC8, 0xCC}
LOSSLESS, _JPEG_LS = 0xC3, 0xF7
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a segment: nothing to be read after them outside of entropy-coded data."""


class DamagedStreamError(ValueError):
    """A compressed image is not what it promises; the text holds numbers, never file content."""


@dataclass
class JpegStream:
    """What a stream says of itself.

    frame: marker of its SOF segment; tables: bits of each code by symbol, by table number;
    restart: MCUs between restart markers, 0 for none; scan: parameters of the (last) SOS segment
    as (tables, Ss, Ah and Al); coded: entropy-coded data of each scan.
    """

    frame: int = 0
    precision: int = 0
    size: tuple[int, int] = (0, 0)
    components: int = 0
    tables: dict[int, dict[int, int]] = field(default_factory=dict)
    restart: int = 0
    scan: tuple[int, int, int] = (0, 0, 0)
    coded: list[bytes] = field(default_factory=list)


def parse_jpeg(stream: bytes) -> JpegStream:
    """The segments of a whole stream. Raises DamagedStreamError."""
    parsed = JpegStream()
    for marker, content in _segments(stream):
        if marker in _FRAMES:
            _frame(parsed, marker, content)
        elif marker == _DHT:
            _tables(parsed, content)
        elif marker == _DRI:
            parsed.restart = int.from_bytes(content[:2])
        elif marker == _SOS:
            if not parsed.frame or len(content) < 6:
                raise DamagedStreamError("a scan without its header")
            parsed.scan = (content[2], content[-3], content[-1])
        elif marker == _EOI:
            parsed.coded.append(content)
    if not parsed.coded:
        raise DamagedStreamError("no image data")
    return parsed


def _segments(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each segment; the data after SOS come under the name of EOI."""
    if stream[:2] != bytes((0xFF, _SOI)):
        raise DamagedStreamError("no start marker")
    at, stuffed_bits = 2, False
    while True:
        marker, at = _marker(stream, at)
        if marker == _EOI:
            break
        length = int.from_bytes(stream[at : at + 2])
        if marker in _BARE or length < 2 or at + length > len(stream):
            raise DamagedStreamError("a damaged segment")
        stuffed_bits = stuffed_bits or marker == _JPEG_LS
        yield marker, stream[at + 2 : at + length]
        at += length
        if marker == _SOS:
            end = _end_of_coded(stream, at, stuffed_bits)
            yield _EOI, stream[at:end]
            at = end
    if stream[at:].strip(b"\0\xff"):  # some pad with 0xff
        raise DamagedStreamError("bytes after the end marker")


def _end_of_coded(stream: bytes, at: int, stuffed_bits: bool) -> int:
    """Where the next marker stands that is neither stuffing, filling nor a restart.

    stuffed_bits: JPEG-LS puts a zero bit after 0xff, JPEG a zero byte.
    """
    content = np.frombuffer(stream, np.uint8, offset=at)
    places = np.flatnonzero(content[:-1] == 0xFF)
    after = content[places + 1]
    restart = (after >= 0xD0) & (after <= 0xD7)
    ends = (after >= 0x80) if stuffed_bits else (after != 0) & (after != 0xFF) & ~restart
    if not ends.any():
        raise DamagedStreamError("no end marker")
    end = at + int(places[ends][0])
    while not stuffed_bits and end > at and stream[end - 1] == 0xFF:
        end -= 1
    return end


def _marker(stream: bytes, at: int) -> tuple[int, int]:
    """The marker at a place and where what belongs to it begins; 0xff before it may repeat."""
    start = at
    while stream[at : at + 1] == b"\xff":
        at += 1
    if at == start or at >= len(stream):
        raise DamagedStreamError("no end marker" if at >= len(stream) else "a damaged segment")
    return stream[at], at + 1


def _frame(parsed: JpegStream, marker: int, content: bytes) -> None:
    if parsed.frame or len(content) < 6:
        raise DamagedStreamError("a damaged frame header")
    parsed.frame, parsed.precision, parsed.components = marker, content[0], content[5]
    parsed.size = (int.from_bytes(content[1:3]), int.from_bytes(content[3:5]))


def _tables(parsed: JpegStream, content: bytes) -> None:
    """Huffman tables (T.81, B.2.4.2): 16 counts of codes by length, then their symbols."""
    at = 0
    while at < len(content):
        counts = content[at + 1 : at + 17]
        lengths = [bits for bits, count in enumerate(counts, 1) for _ in range(count)]
        symbols = content[at + 17 : at + 17 + len(lengths)]
        if len(counts) < 16 or not len(set(symbols)) == len(symbols) == len(lengths):
            raise DamagedStreamError("a damaged Huffman table")
        parsed.tables[content[at]] = dict(zip(symbols, lengths, strict=True))
        at += 17 + len(lengths)
