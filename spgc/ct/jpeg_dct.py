"""Completeness of a lossy JPEG stream: the blocks of its image and no more (ITU-T T.81, F.2).

libjpeg fills lost blocks with grey and says nothing. The codes are walked over without being
decoded: as many blocks as the image has must end where the data do. In plain Python, some 60 ms a
slice: such files are rare, and a wrong image is worse.
"""

from __future__ import annotations

import re

import numpy as np

from spgc.ct.jpeg_stream import DamagedStreamError, JpegStream

_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_SEQUENTIAL = (0xC0, 0xC1)
_END_OF_BLOCK, _SIXTEEN_ZEROS = 0x00, 0xF0
_COEFFICIENTS = 64

_Steps = tuple[list[int], list[int]]
"""Bits and coefficients to advance by for each 16 bits that may come next; 0 bits for no code."""


def check_blocks(stream: JpegStream) -> None:
    """Raise DamagedStreamError unless each part of the stream is filled by its blocks."""
    tables = stream.tables.get(stream.scan[0] >> 4), stream.tables.get(0x10 | stream.scan[0] & 15)
    if stream.frame not in _SEQUENTIAL or len(stream.coded) != 1 or None in tables:
        raise DamagedStreamError("not one sequential scan")
    first, others = _first_steps(tables[0] or {}), _other_steps(tables[1] or {})
    height, width = stream.size
    blocks = -(-height // 8) * -(-width // 8)
    parts = _RESTART.split(stream.coded[0])
    each = stream.restart or blocks
    if len(parts) != -(-blocks // each):
        raise DamagedStreamError("a lost restart marker")
    for number, part in enumerate(parts):
        data = part.replace(b"\xff\x00", b"\xff")
        left = 8 * len(data) - _walk(data, min(each, blocks - number * each), first, others)
        padding = data[-1] & ((1 << left) - 1) if 0 < left < 8 else 0
        if not 0 <= left < 8 or padding != (1 << left) - 1:  # ones (T.81, F.1.2.3)
            raise DamagedStreamError("lost or damaged data: blocks don't end where the data do")


def _walk(data: bytes, blocks: int, first: _Steps, others: _Steps) -> int:
    """Bits that so many blocks take. Raises DamagedStreamError for what is no code."""
    padded, at = data + bytes(8), 0
    for _ in range(blocks):
        (bits, runs), filled = first, 0
        while filled < _COEFFICIENTS:
            start = at >> 3
            window = int.from_bytes(padded[start : start + 3]) >> (8 - (at & 7)) & 0xFFFF
            step = bits[window]
            if not step or start > len(data):
                raise DamagedStreamError("damaged data: no code of its table")
            at += step
            filled += (run := runs[window])
            bits, runs = others
        if filled > _COEFFICIENTS and run != _COEFFICIENTS:
            raise DamagedStreamError("damaged data: more coefficients than a block has")
    return at


def _first_steps(codes: dict[int, int]) -> _Steps:
    """The first coefficient: its code, then as many bits as the code says."""
    return _steps(codes, {symbol: (symbol, 1) for symbol in range(17)})


def _other_steps(codes: dict[int, int]) -> _Steps:
    """The others: a run of zeros and the bits of the next one (T.81, F.1.2.2)."""
    steps = {symbol: (symbol & 15, (symbol >> 4) + 1) for symbol in range(256) if symbol & 15}
    steps[_END_OF_BLOCK], steps[_SIXTEEN_ZEROS] = (0, _COEFFICIENTS), (0, 16)
    return _steps(codes, steps)


def _steps(codes: dict[int, int], known: dict[int, tuple[int, int]]) -> _Steps:
    """Codes stand in the order of their table, which is that of their numbers (T.81, C.2)."""
    lengths = np.array([*codes.values()], np.int64)
    shares = 1 << (16 - lengths)
    if shares.sum() > 2**16 or not codes.keys() <= known.keys():
        raise DamagedStreamError("a damaged Huffman table")
    bits = [length + known[symbol][0] for symbol, length in codes.items()]
    runs = [known[symbol][1] for symbol in codes]
    rest = [0] * (2**16 - int(shares.sum()))
    return np.repeat(bits, shares).tolist() + rest, np.repeat(runs, shares).tolist() + rest
