"""JPEG 2000 streams of several tiles: each tile has to be there, whole and once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset

from spgc.ct.jpeg2000_stream import parse_jpeg2000
from spgc.ct.jpeg_stream import DamagedStreamError
from spgc.ct.series import read_series
from spgc.errors import SeriesError
from tests.ct.dicom_files import compressed, images, make_slice, save

SIDE, TILE = 128, 64
HU = images(1, SIDE)[0]
STORED = HU.astype(np.uint16) + 1024

Part = tuple[int, int, int, bytes]
"""Tile, number of the part in it, parts that it says it has, and what follows its header."""


def a_slice() -> Dataset:
    return make_slice(HU, BitsStored=16, HighBit=15, PixelSpacing=[2.5, 2.5])


def one_tile(pixels: np.ndarray) -> bytes:
    return bytes(imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", reversible=True, level=0))


def tiles() -> list[Part]:
    """The image in four tiles, each as if it were an image of its own."""
    parts = []
    for number in range(4):
        y, x = TILE * (number // 2), TILE * (number % 2)
        stream = one_tile(np.ascontiguousarray(STORED[y : y + TILE, x : x + TILE]))
        start = stream.index(b"\xff\x90") + 12
        parts.append((number, 0, 1, stream[start:-2]))
    return parts


def joined(parts: list[Part]) -> bytes:
    """A stream of tile-parts; the header is that of a tile, with the size of the whole image."""
    tile = one_tile(np.ascontiguousarray(STORED[:TILE, :TILE]))
    head = bytearray(tile[: tile.index(b"\xff\x90")])
    head[8:16] = SIDE.to_bytes(4) * 2  # Xsiz, Ysiz
    content = b"".join(
        b"\xff\x90\0\x0a"
        + tile.to_bytes(2)
        + (12 + len(data)).to_bytes(4)
        + bytes((number, count))
        + data
        for tile, number, count, data in parts
    )
    return bytes(head) + content + b"\xff\xd9"


def test_four_tiles_are_the_image(tmp_path: Path) -> None:
    """In any order (T.800, A.4.2), and where the number of parts is not said."""
    parts = tiles()
    for made in (parts, parts[::-1], [(tile, n, 0, data) for tile, n, _, data in parts]):
        dataset = compressed(a_slice(), lambda _, m=made: joined(m))
        save(dataset, tmp_path / "a.dcm", uid.JPEG2000Lossless)
        np.testing.assert_array_equal(read_series(tmp_path).hu[0], HU)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda parts: parts[:3], "3 of 4 tiles"),
        (lambda parts: parts[1:], "3 of 4 tiles"),
        (lambda parts: [*parts[:2], parts[3]], "3 of 4 tiles"),
        (lambda parts: [*parts[:3], (9, *parts[3][1:])], "4 of 4 tiles"),
        (lambda parts: [*parts, parts[3]], "a part, or has one twice"),
        (lambda parts: [*parts[:3], (3, 1, 2, parts[3][3])], "lacks a part"),
        (lambda parts: [*parts[:3], (3, 0, 2, parts[3][3])], "lacks a part"),
    ],
    ids=["last", "first", "middle", "another number", "twice", "second part only", "one of two"],
)
def test_a_tile_that_is_not_there_is_no_grey(
    tmp_path: Path, change: Callable[[list[Part]], list[Part]], found: str
) -> None:
    """OpenJPEG fills it with grey, and says nothing."""
    stream = joined(change(tiles()))
    with pytest.raises(DamagedStreamError, match=found):
        parse_jpeg2000(stream)
    dataset = compressed(a_slice(), lambda _: stream)
    save(dataset, tmp_path / "a.dcm", uid.JPEG2000Lossless)
    with pytest.raises(SeriesError, match="lost data"):
        read_series(tmp_path)
