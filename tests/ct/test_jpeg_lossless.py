"""Pixels of JPEG Lossless take exactly the bits of their stream; damaged streams don't."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray

from spgc.ct.jpeg_lossless import check_lossless
from spgc.ct.jpeg_stream import DamagedStreamError, parse_jpeg
from tests.ct import jpeg_encoder

RNG = np.random.default_rng(0)


def smooth(size: int = 64, bits: int = 12) -> NDArray[np.uint16]:
    """A picture with edges and noise, as CT has."""
    y, x = np.mgrid[:size, :size] / size
    noise = np.random.default_rng(3).normal(0, 15, (size, size))
    image = 500 + 400 * np.sin(9 * y) + 900 * (x > 0.6) + noise
    return np.clip(image, 0, 2**bits - 1).astype(np.uint16)


def check(stream: bytes) -> NDArray[np.uint16]:
    pixels = imagecodecs.jpeg8_decode(stream)
    check_lossless(parse_jpeg(stream), pixels)
    return pixels


@pytest.mark.parametrize("predictor", range(1, 8))
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_whole_streams_of_libjpeg(predictor: int, bits: int) -> None:
    kind = np.uint8 if bits == 8 else np.uint16
    for shape in ((17, 23), (1, 9), (9, 1), (64, 64)):
        image = RNG.integers(0, 2**bits, shape).astype(kind)
        stream = imagecodecs.jpeg8_encode(
            image, lossless=True, predictor=predictor, bitspersample=bits
        )
        np.testing.assert_array_equal(check(stream), image)


@pytest.mark.parametrize("predictor", range(1, 8))
@pytest.mark.parametrize(("rows", "shift"), [(0, 0), (1, 0), (3, 0), (20, 0), (0, 2), (3, 2)])
def test_whole_streams_written_down_literally(predictor: int, rows: int, shift: int) -> None:
    """Restart intervals and a point transform, which imagecodecs doesn't write."""
    image = (smooth(20) >> shift) << shift
    stream = jpeg_encoder.encode(image, predictor=predictor, rows=rows, shift=shift)
    np.testing.assert_array_equal(check(stream), image)


def test_differences_of_half_the_range() -> None:
    """Category 16 has no bits of a value (T.81, H.1.2.2)."""
    image = np.zeros((16, 16), np.uint16)
    image[:, ::2] = 2**15
    np.testing.assert_array_equal(check(jpeg_encoder.encode(image)), image)


def test_padding_of_a_whole_byte_is_no_damage() -> None:
    stream = jpeg_encoder.encode(smooth(20))
    check(stream[:-2] + b"\xff\x00" + stream[-2:])
    with pytest.raises(DamagedStreamError, match="fewer bits"):
        check(stream[:-2] + b"\xff\x00" * 5 + stream[-2:])


def damaged(kind: str, stream: bytes, rng: np.random.Generator) -> bytes:
    first, last = stream.rindex(b"\xff\xda") + 10, len(stream) - 2
    start, end = sorted(int(i) for i in rng.integers(first, last, 2))
    end = max(end, start + 2)
    if kind == "lost":
        return stream[:start] + stream[end:]
    if kind == "zeroed":
        return stream[:start] + bytes(last - start) + stream[last:]
    if kind == "burst":
        noise = rng.integers(0, 256, min(end - start, 64), dtype=np.uint8).tobytes()
        return stream[:start] + noise + stream[start + len(noise) :]
    return stream[:start] + bytes([stream[start] ^ int(rng.integers(1, 256))]) + stream[start + 1 :]


def verdict(stream: bytes, image: NDArray[np.uint16]) -> str:
    try:
        pixels = check(stream)
    except (DamagedStreamError, imagecodecs.Jpeg8Error):
        return "refused"
    return "same" if np.array_equal(pixels, image) else "wrong"


@pytest.mark.parametrize("kind", ["lost", "zeroed"])
def test_lost_data_are_found(kind: str) -> None:
    """A stream that has lost its middle among them, with its end marker kept."""
    image, rng = smooth(256), np.random.default_rng(1)
    stream = imagecodecs.jpeg8_encode(image, lossless=True, predictor=1, bitspersample=16)
    found = [verdict(damaged(kind, stream, rng), image) for _ in range(50)]
    assert found.count("refused") == 50


@pytest.mark.parametrize(("kind", "most"), [("burst", 12), ("byte", 62)])
def test_most_flipped_bits_are_found(kind: str, most: int) -> None:
    """What is left are streams that another image would have, mostly another end of one row."""
    image, rng = smooth(256), np.random.default_rng(2)
    stream = imagecodecs.jpeg8_encode(image, lossless=True, predictor=1, bitspersample=16)
    found = [verdict(damaged(kind, stream, rng), image) for _ in range(100)]
    assert found.count("wrong") <= most


def test_lost_restart_marker() -> None:
    stream = jpeg_encoder.encode(smooth(20), rows=5)
    at = stream.index(b"\xff\xd1")
    with pytest.raises(DamagedStreamError, match="restart"):
        check_lossless(parse_jpeg(stream[:at] + stream[at + 2 :]), smooth(20))


STREAM = jpeg_encoder.encode(smooth(20))


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (b"", "no start marker"),
        (STREAM[2:], "no start marker"),
        (STREAM[:-2], "no end marker"),
        (STREAM[:100], "no end marker"),
        (STREAM + b"more", "bytes after the end marker"),
        (STREAM[:2] + b"\xff\xc4\xff\xff" + STREAM[6:], "damaged segment"),
        (STREAM[:2] + jpeg_encoder.segment(0xC4, b"\0" + b"\xff" * 20) + STREAM[2:], "Huffman"),
        (STREAM[:2] + STREAM[2:].replace(b"\xff\xc3", b"\xff\xfe", 1), "a scan without its header"),
        (STREAM[:2] + STREAM[-2:], "no image data"),
        (STREAM[:-20] + b"\xff\x31" + STREAM[-18:], "damaged segment"),
    ],
)
def test_damaged_markers(stream: bytes, reason: str) -> None:
    with pytest.raises(DamagedStreamError, match=reason):
        parse_jpeg(stream)


@pytest.mark.parametrize("padding", [b"", b"\0", b"\0\0\0", b"\xff"])
def test_padding_after_the_end_marker(padding: bytes) -> None:
    assert parse_jpeg(STREAM + padding).size == (20, 20)


@pytest.mark.parametrize("bits", [2, 12, 16])
def test_frame_header(bits: int) -> None:
    image = np.zeros((5, 7), np.uint16)
    parsed = parse_jpeg(jpeg_encoder.encode(image, precision=bits))
    assert (parsed.size, parsed.precision, parsed.components) == ((5, 7), bits, 1)
