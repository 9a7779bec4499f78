"""Pixels of uncompressed images as they stand in the file, and what stands in their unused bits.

pydicom cuts off the bits that BitsStored doesn't count, and what follows an image, without a word.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian

from spgc.ct.jpeg_stream import DamagedStreamError

OVERLAY_TAGS = tuple(
    tag << 16 | element for tag in range(0x6000, 0x6020, 2) for element in (0x0100, 0x0102)
)
"""OverlayBitsAllocated and OverlayBitPosition of the 16 groups that an overlay can have."""


def plain_values(dataset: Dataset) -> NDArray[Any]:
    """(H, W) integers of an uncompressed image.

    Raises DamagedStreamError for more or fewer bytes than the image has, and for values of more
    than BitsStored bits; other than 8 or 16 bits allocated are left to pydicom.
    """
    size, allocated = (int(dataset.Rows), int(dataset.Columns)), int(dataset.BitsAllocated)
    check_length(dataset, size[0] * size[1] * allocated // 8)
    if allocated not in (8, 16) or int(dataset.get("SamplesPerPixel") or 1) != 1:
        values: NDArray[Any] = dataset.pixel_array
        return values
    content, big = dataset.PixelData, dataset.file_meta.TransferSyntaxUID == ExplicitVRBigEndian
    if allocated == 8 and big and dataset["PixelData"].VR == "OW":  # bytes in words, turned
        content = np.frombuffer(content, "<u2").byteswap().tobytes()
    order = ">" if big else "<"
    words = np.frombuffer(content, f"{order}u{allocated // 8}", size[0] * size[1])
    words = words.astype(words.dtype.newbyteorder("=")).reshape(size)
    signed = dataset.get("PixelRepresentation", 0) == 1
    if allocated == 8 and signed:  # a sign that fills the byte fills the word
        words = words.view(np.int8).astype(np.int16)
    return within_bits(words, dataset)


def check_length(dataset: Dataset, expected: int) -> None:
    """Raise DamagedStreamError for uncompressed pixels of other than `expected` bytes an image.

    A single byte may follow to make an odd number even (PS3.5, 8.1.1).
    """
    there = len(dataset.PixelData)
    whole = expected * int(dataset.get("SamplesPerPixel") or 1)
    if there not in (whole, whole + whole % 2):
        raise DamagedStreamError(f"{there:,} bytes of pixels where the header says {whole:,}")


def overlay_bits(dataset: Dataset) -> int:
    """The bits above a value that hold an overlay, as a mask (PS3.5, 8.1.2; retired, but legal
    once): those that a group 60xx names, of as many bits allocated as the image."""
    stored, allocated, mask = int(dataset.BitsStored), int(dataset.BitsAllocated), 0
    for group in range(0x6000, 0x6020, 2):
        bits, place = (dataset.get((group, element)) for element in (0x0100, 0x0102))
        if bits is None or place is None or bits.value != allocated:
            continue
        if isinstance(place.value, int) and stored <= place.value < allocated:
            mask |= 1 << place.value
    return mask


def padding_beyond_bits(value: float, dataset: Dataset) -> int | None:
    """The 16-bit word of a PixelPaddingValue of more than BitsStored bits, None for any other.

    No value can be it, so that scanners mark pixels outside their field with it. An overlay's bits
    and an inversion would change it: there it is none.
    """
    bits, signed = int(dataset.BitsStored), dataset.get("PixelRepresentation", 0) == 1
    if int(dataset.BitsAllocated) != 16 or value != int(value) or not -(2**15) <= value < 2**16:
        return None
    if overlay_bits(dataset) or dataset.get("PhotometricInterpretation") == "MONOCHROME1":
        return None
    word = int(value) & 0xFFFF
    fills_sign = signed and word >> (bits - 1) == 0xFFFF >> (bits - 1)
    return None if word >> bits == 0 or fills_sign else word


def within_bits(pixels: NDArray[Any], dataset: Dataset) -> NDArray[Any]:
    """Values of BitsStored bits; codecs mostly know unsigned ones: two's complement goes through.

    pixels: (H, W) of at most 16 bits. Bits of an overlay are cut off, and padding beyond the bits
    stays as it is. Raises DamagedStreamError where another value has more bits: no encoder was
    given it.
    """
    bits, signed = int(dataset.BitsStored), dataset.get("PixelRepresentation", 0) == 1
    if not 1 <= bits <= 16:
        raise DamagedStreamError(f"{bits} bits stored")
    keep = np.uint16(0xFFFF & ~overlay_bits(dataset))
    if keep != 0xFFFF and pixels.dtype.kind == "u":
        pixels = pixels & keep
    if signed:
        shift = 16 - bits
        whole = pixels.astype(np.int16) if pixels.dtype.kind == "i" else pixels.astype(np.uint16)
        words = whole.view(np.uint16)
        values: NDArray[np.int16] = (words << shift).view(np.int16) >> shift
        beyond = (values.view(np.uint16) & keep != words & keep) & (words >> bits != 0)
        if beyond.any():
            _check_padding(words[beyond], dataset)
            values[beyond] = words[beyond].view(np.int16)
        return values
    if pixels.size and (pixels.min() < 0 or pixels.max() >= 1 << bits):
        _check_padding(pixels[(pixels < 0) | (pixels >= 1 << bits)], dataset)
    return pixels if pixels.dtype.kind == "u" else pixels.astype(np.uint16)


def _check_padding(beyond: NDArray[Any], dataset: Dataset) -> None:
    """Raise DamagedStreamError for values of more than BitsStored bits that aren't padding."""
    value = dataset.get("PixelPaddingValue")
    word = padding_beyond_bits(value, dataset) if isinstance(value, int) else None
    if word is None or (beyond.astype(np.int64) & 0xFFFF != word).any():
        raise DamagedStreamError(f"values of more than {int(dataset.BitsStored)} bits")
