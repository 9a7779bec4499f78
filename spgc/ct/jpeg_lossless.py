"""Completeness of a JPEG Lossless stream: its length in bits, counted again from the pixels.

A decoder that stumbles over damage loses its place, reads other numbers than were written and
runs out of data, or leaves some; libjpeg says nothing of either. But the pixels that it returns
can be weighed: differences from the predictions (ITU-T T.81, annex H) take so many bits in the
Huffman code of the stream, and these must be all the bits that it holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.ct.jpeg_stream import DamagedStreamError, JpegStream

_RESTART = re.compile(rb"\xff[\xd0-\xd7]")

_PADDING = 32
"""Bits that may follow the last code: all ones, or all zeros; most encoders leave at most 7."""


def check_lossless(stream: JpegStream, pixels: NDArray[Any]) -> None:
    """Raise DamagedStreamError unless the stream holds exactly the bits that its pixels take.

    pixels: (H, W) as decoded, unsigned, of at most 16 bits.
    """
    tables, predictor, low = stream.scan
    shift, codes = low & 15, stream.tables.get(tables >> 4)
    if len(stream.coded) != 1 or codes is None or not 1 <= predictor <= 7:
        raise DamagedStreamError("a damaged scan header")
    height, width = pixels.shape
    if stream.restart % width:
        raise DamagedStreamError("a damaged restart interval")
    rows = stream.restart // width or height
    first = 1 << max(stream.precision - shift - 1, 0)
    values: NDArray[np.uint16] = pixels.astype(np.uint16, copy=False)
    if shift:
        values = np.right_shift(values, shift, dtype=np.uint16)
    cost = _cost(codes)
    differences = _differences(values, predictor, first, rows)
    bits = np.take(cost, differences).sum(axis=1, dtype=np.uint32)
    parts = _RESTART.split(stream.coded[0])
    taken = np.add.reduceat(bits, np.arange(0, height, rows), dtype=np.int64)
    if len(parts) != len(taken):
        raise DamagedStreamError("a lost restart marker")
    for part, count in zip(parts, taken.tolist(), strict=True):
        _check_length(part, count)


def _check_length(part: bytes, taken: int) -> None:
    content = np.frombuffer(part, np.uint8)
    stuffed = int(np.count_nonzero((content[:-1] == 0xFF) & (content[1:] == 0)))
    left = 8 * (len(part) - stuffed) - taken
    if left < 0:
        raise DamagedStreamError("lost data: its pixels take more bits than there are")
    if left > _PADDING or not _is_padding(part, left):
        raise DamagedStreamError("damaged data: its pixels take fewer bits than there are")


def _is_padding(part: bytes, bits: int) -> bool:
    rest = int.from_bytes(part[-8:].replace(b"\xff\x00", b"\xff")) & ((1 << bits) - 1)
    return rest in (0, (1 << bits) - 1)


@cache
def _categories() -> NDArray[np.intp]:
    """Category of each difference modulo 2^16, 0 to 16: the bits of its size (T.81, table H.2)."""
    sizes = np.abs(np.arange(2**16, dtype=np.uint16).view(np.int16).astype(np.int32))
    return np.frexp(sizes)[1].astype(np.intp)


def _cost(codes: dict[int, int]) -> NDArray[np.uint8]:
    """Bits that each difference takes: the code of its category, then its value but for 16."""
    bits = [codes.get(category, 255) for category in range(17)]  # without a code: never written
    extra = [*range(16), 0]
    cost = np.minimum(np.add(bits, extra), 255).astype(np.uint8)
    return np.take(cost, _categories())


def _differences(
    pixels: NDArray[np.uint16], predictor: int, first: int, rows: int
) -> NDArray[np.uint16]:
    """(H, W) pixels less their predictions, modulo 2^16; prediction starts anew every `rows`."""
    differences = pixels.copy()
    differences[:, 1:] -= pixels[:, :-1]
    differences[1:, 0] -= pixels[:-1, 0]
    if predictor != 1:
        inner = pixels[1:, 1:] - _predictions(pixels.astype(np.int32), predictor)
        starts = np.arange(1, len(pixels)) % rows == 0
        differences[1:, 1:] = np.where(starts[:, None], differences[1:, 1:], inner)
    differences[::rows, 0] = pixels[::rows, 0] - np.uint16(first)
    return differences


def _predictions(pixels: NDArray[np.int32], predictor: int) -> NDArray[np.uint16]:
    """Predictions of all pixels that have both neighbours."""
    left, above, corner = pixels[1:, :-1], pixels[:-1, 1:], pixels[:-1, :-1]
    return _PREDICTORS[predictor](left, above, corner).astype(np.uint16)


_Neighbours = NDArray[np.int32]

_PREDICTORS: dict[int, Callable[[_Neighbours, _Neighbours, _Neighbours], _Neighbours]] = {
    2: lambda left, above, corner: above,
    3: lambda left, above, corner: corner,
    4: lambda left, above, corner: left + above - corner,
    5: lambda left, above, corner: left + ((above - corner) >> 1),
    6: lambda left, above, corner: above + ((left - corner) >> 1),
    7: lambda left, above, corner: (left + above) >> 1,
}
"""T.81, table H.1; predictor 1 is the pixel on the left."""
