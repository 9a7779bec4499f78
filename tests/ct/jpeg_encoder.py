"""JPEG Lossless written down literally (ITU-T T.81, annexes B and H): slow, for small images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PREDICT = {
    1: lambda left, above, corner: left,
    2: lambda left, above, corner: above,
    3: lambda left, above, corner: corner,
    4: lambda left, above, corner: left + above - corner,
    5: lambda left, above, corner: left + ((above - corner) >> 1),
    6: lambda left, above, corner: above + ((left - corner) >> 1),
    7: lambda left, above, corner: (left + above) >> 1,
}

CODE_BITS = 5
"""Categories 0 to 16 have codes of one length: their own number."""


def encode(
    pixels: NDArray[np.uint16],
    *,
    precision: int = 16,
    predictor: int = 1,
    rows: int = 0,
    shift: int = 0,
) -> bytes:
    """A stream of (H, W) pixels; rows: of each restart interval, 0 for none; shift: Pt."""
    height, width = pixels.shape
    values = pixels.astype(int) >> shift
    step = rows or height
    parts = [
        coded(bits_of(values[start : start + step], predictor, 1 << (precision - shift - 1)))
        for start in range(0, height, step)
    ]
    data = parts[0]
    for number, part in enumerate(parts[1:]):
        data += bytes((0xFF, 0xD0 + number % 8)) + part
    return b"".join(
        [
            b"\xff\xd8",
            segment(0xC4, bytes([0, *[0] * 4, 17, *[0] * 11, *range(17)])),
            segment(
                0xC3, bytes([precision, *height.to_bytes(2), *width.to_bytes(2), 1, 1, 0x11, 0])
            ),
            segment(0xDD, (rows * width).to_bytes(2)) if rows else b"",
            segment(0xDA, bytes([1, 1, 0, predictor, 0, shift])),
            data,
            b"\xff\xd9",
        ]
    )


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2) + content


def bits_of(values: NDArray[np.int_], predictor: int, first: int) -> str:
    text = ""
    for y, row in enumerate(values):
        for x, value in enumerate(row):
            if y == 0:
                guess = row[x - 1] if x else first
            elif x == 0:
                guess = values[y - 1, 0]
            else:
                guess = PREDICT[predictor](row[x - 1], values[y - 1, x], values[y - 1, x - 1])
            text += difference_bits((int(value) - int(guess) + 2**15 - 1) % 2**16 - 2**15 + 1)
    return text


def difference_bits(difference: int) -> str:
    """-32767 to 32768: the category's code, then the value, one less where negative."""
    size = abs(difference).bit_length()
    code = f"{size:0{CODE_BITS}b}"
    if size in (0, 16):
        return code
    value = difference if difference > 0 else difference + (1 << size) - 1
    return code + f"{value:0{size}b}"


def coded(bits: str) -> bytes:
    bits += "1" * (-len(bits) % 8)
    whole = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
    return whole.replace(b"\xff", b"\xff\x00")
