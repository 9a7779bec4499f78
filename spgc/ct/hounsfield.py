"""Stored values become HU: rescaling per slice, padding, inverted images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from spgc.ct.decode import stored_values
from spgc.ct.files import SliceFile, damage_named

AIR = -1024
"""HU of padding, and the least in a volume: scanners write -2000 and less outside their field."""

PADDING_BELOW = -900
"""A padding value above this HU would erase tissue: it is left alone."""


def hounsfield(slices: Sequence[SliceFile]) -> tuple[NDArray[np.int16], list[str]]:
    """Decode and rescale slices in their order: (S, H, W) int16 HU, at least -1024, and notes.

    Raises SeriesError for pixel data that can't be decoded.
    """
    hu = np.empty((len(slices), *slices[0].size), np.int16)
    remarks: dict[str, int] = {}
    for index, image in enumerate(slices):
        with damage_named(image.path):
            hu[index] = _slice_hu(image, remarks)
    return hu, [f"{text} ({count} slices)" for text, count in remarks.items()]


def _slice_hu(image: SliceFile, remarks: dict[str, int]) -> NDArray[np.int16]:
    dataset = image.dataset
    stored = stored_values(dataset, image.path)
    slope, intercept = _rescale(dataset, remarks)
    if dataset.get("PhotometricInterpretation") == "MONOCHROME1":
        stored = _monochrome1(stored, dataset, remarks)
    if slope == 1 and intercept == int(intercept):
        values = stored.astype(np.int32) + int(intercept)
    else:
        values = np.rint(stored * slope + intercept)
    padding = _padding(stored, dataset, slope, intercept, remarks)
    if padding is not None:
        values[padding] = AIR
    return np.clip(values, AIR, np.iinfo(np.int16).max).astype(np.int16)


def _rescale(dataset: Dataset, remarks: dict[str, int]) -> tuple[float, float]:
    """RescaleSlope and RescaleIntercept, 1 and 0 where missing."""
    try:
        return float(dataset.RescaleSlope), float(dataset.RescaleIntercept)
    except (AttributeError, TypeError, ValueError):
        _remark(remarks, "no RescaleSlope or RescaleIntercept: stored values taken as HU")
        return 1.0, 0.0


def _monochrome1(stored: NDArray[Any], dataset: Dataset, remarks: dict[str, int]) -> NDArray[Any]:
    """Undo an inversion that was put into the pixels.

    MONOCHROME1 by itself only says how to show an image, but some exports invert the pixels
    with it. Air fills the corners of a chest CT: where they are the brightest part, undo it.
    """
    height, width = stored.shape
    y, x = max(height // 32, 1), max(width // 32, 1)
    corners = np.concatenate(
        [
            stored[a, b].ravel()
            for a in (slice(y), slice(-y, None))
            for b in (slice(x), slice(-x, None))
        ]
    )
    if np.median(corners) <= (float(stored.min()) + float(stored.max())) / 2:
        _remark(remarks, "MONOCHROME1 with plain pixels: taken as they are")
        return stored
    _remark(remarks, "MONOCHROME1 with inverted pixels: turned back")
    signed = int(dataset.get("PixelRepresentation", 0)) == 1
    flipped: NDArray[Any] = (-1 if signed else 2 ** int(dataset.BitsStored) - 1) - stored.astype(
        np.int32
    )
    return flipped


def _padding(
    stored: NDArray[Any],
    dataset: Dataset,
    slope: float,
    intercept: float,
    remarks: dict[str, int],
) -> NDArray[np.bool_] | None:
    """Pixels that PixelPaddingValue (to PixelPaddingRangeLimit) marks as outside the scan."""
    ends = [dataset.get(k) for k in ("PixelPaddingValue", "PixelPaddingRangeLimit")]
    try:
        first, last = (int(ends[0]) if end is None else int(end) for end in ends)
    except (TypeError, ValueError):
        return None
    if stored.dtype == np.int16:  # some exports write the signed value as unsigned
        first, last = ((end + 2**15) % 2**16 - 2**15 for end in (first, last))
    low, high = min(first, last), max(first, last)
    if high * slope + intercept > PADDING_BELOW:
        _remark(remarks, "PixelPaddingValue lies among tissue values: not used")
        return None
    marked: NDArray[np.bool_] = (stored >= low) & (stored <= high)
    return marked


def _remark(remarks: dict[str, int], text: str) -> None:
    remarks[text] = remarks.get(text, 0) + 1
