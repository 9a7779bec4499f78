"""RLE Lossless images (DICOM PS3.5, annex G): byte planes, each run-length encoded by itself."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.ct.jpeg_stream import DamagedStreamError

_HEADER = 64
"""Bytes: the number of segments and the places of 15."""


def decode_rle(stream: bytes, size: tuple[int, int], bits: int) -> NDArray[Any]:
    """(H, W) unsigned values of `bits` bits allocated, 8 or 16.

    Raises DamagedStreamError for a segment of another length than the image has pixels.
    """
    planes = bits // 8
    if bits not in (8, 16) or len(stream) < _HEADER:
        raise DamagedStreamError("a damaged header of segments")
    count, *places = struct.unpack_from("<16I", stream)
    ends = [*places[1:planes], len(stream)]
    if count != planes or places[0] != _HEADER or sorted(ends) != ends:
        raise DamagedStreamError("a damaged header of segments")
    pixels = np.empty((*size, planes), np.uint8)
    for plane, (start, end) in enumerate(zip(places, ends, strict=False)):
        segment = stream[start:end]
        pixels[..., planes - 1 - plane] = _plane(segment, size)  # the highest byte comes first
    return pixels.view("<u2" if planes == 2 else "u1")[..., 0]


def _plane(segment: bytes, size: tuple[int, int]) -> NDArray[np.uint8]:
    """A byte of each pixel; a segment of more than that is refused before it takes memory."""
    from imagecodecs import PackbitsError, packbits_decode

    try:
        values = np.frombuffer(packbits_decode(segment, out=size[0] * size[1]), np.uint8)
    except PackbitsError as error:
        raise DamagedStreamError("a damaged segment, or of another length") from error
    if len(values) != size[0] * size[1]:
        raise DamagedStreamError("lost data: a segment of another length")
    return values.reshape(size)
