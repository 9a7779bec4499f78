"""Lossy JPEG holds exactly the blocks of its image; streams that lost or changed data don't."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest

from spgc.ct.jpeg_dct import check_blocks
from spgc.ct.jpeg_stream import DamagedStreamError, parse_jpeg
from tests.ct.test_jpeg_lossless import damaged, smooth

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("bits", [8, 12])
@pytest.mark.parametrize("level", [20, 95, 100])
@pytest.mark.parametrize("optimize", [False, True])
def test_whole_streams(bits: int, level: int, optimize: bool) -> None:
    for shape in ((64, 64), (17, 23), (1, 9)):
        image = RNG.integers(0, 2**bits, shape).astype(np.uint8 if bits == 8 else np.uint16)
        check_blocks(
            parse_jpeg(
                imagecodecs.jpeg8_encode(image, level=level, bitspersample=bits, optimize=optimize)
            )
        )


@pytest.mark.parametrize(("kind", "least"), [("lost", 40), ("zeroed", 40), ("burst", 30)])
def test_damage_is_found(kind: str, least: int) -> None:
    """A stream that has lost its middle among them, which libjpeg reads without a word."""
    stream = imagecodecs.jpeg8_encode(smooth(128), level=95, bitspersample=12)
    rng, found = np.random.default_rng(1), 0
    for _ in range(40):
        try:
            check_blocks(parse_jpeg(damaged(kind, stream, rng)))
        except DamagedStreamError:
            found += 1
    assert found >= least


def test_restart_intervals() -> None:
    """A strip of blocks coded by itself is what stands between two restart markers."""
    strips = [RNG.integers(0, 255, (8, 32)).astype(np.uint8) for _ in range(3)]
    streams = [imagecodecs.jpeg8_encode(strip, level=90, optimize=False) for strip in strips]
    parts = [parse_jpeg(stream).coded[0] for stream in streams]
    head = streams[0][: streams[0].index(parts[0])]
    frame = head.index(b"\xff\xc0") + 5
    head = head[:frame] + (24).to_bytes(2) + head[frame + 2 :]
    whole = head[:2] + b"\xff\xdd\x00\x04\x00\x04" + head[2:]
    whole += parts[0] + b"\xff\xd0" + parts[1] + b"\xff\xd1" + parts[2] + b"\xff\xd9"
    expected = np.vstack([imagecodecs.jpeg8_decode(stream) for stream in streams])
    np.testing.assert_array_equal(imagecodecs.jpeg8_decode(whole), expected)
    check_blocks(parse_jpeg(whole))
    with pytest.raises(DamagedStreamError, match="restart"):
        check_blocks(parse_jpeg(whole.replace(b"\xff\xd1", b"")))


def test_other_kinds_of_jpeg_are_refused() -> None:
    """Progressive ones among them, which no transfer syntax allows any more."""
    stream = imagecodecs.jpeg8_encode(smooth(16), level=95, bitspersample=12)
    with pytest.raises(DamagedStreamError, match="not one sequential scan"):
        check_blocks(parse_jpeg(stream.replace(b"\xff\xc1", b"\xff\xc2", 1)))
