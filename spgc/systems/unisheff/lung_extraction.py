"""Lungs from intensities alone, slice by slice, as the team's published code finds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

SATURATED = 0.01
"""Share of a slice's pixels that becomes 0, and share that becomes 1, when it is stretched."""

BODY = 0.5020
"""What is brighter in a stretched slice is no lung: 128 of 255."""

_ALL_NEIGHBOURS = np.ones((3, 3), bool)


def extracted(hu: NDArray[np.int16]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """A scan (S, H, W) in HU to its stretched slices, 0 outside the lungs, and to the lungs.

    (S, H, W) float32 in [0, 1] and bool. Their code first scales the volume to 0..1 by its least
    and largest value, which changes nothing of what comes after: stretching undoes it.
    """
    stretched = np.empty(hu.shape, np.float32)
    lungs = np.empty(hu.shape, bool)
    for number, plane in enumerate(hu):
        stretched[number] = slice_stretched(plane)
        lungs[number] = slice_lungs(stretched[number])
    stretched[~lungs] = 0
    return stretched, lungs


def slice_stretched(plane: NDArray[np.int16]) -> NDArray[np.float32]:
    """A slice (H, W) with its darkest hundredth at 0 and its brightest at 1.

    A slice without spread between them is 0 everywhere.
    """
    low, high = limits(plane)
    if low == high:
        return np.zeros(plane.shape, np.float32)
    scaled = (plane.astype(np.float32) - np.float32(low)) / np.float32(high - low)
    return np.clip(scaled, 0, 1, out=scaled)


def limits(plane: NDArray[np.int16]) -> tuple[int, int]:
    """The values between which a slice is stretched.

    The first whose share of pixels at or below it exceeds `SATURATED`, and the first where that
    share reaches 1 - `SATURATED` (MATLAB's stretchlim).
    """
    least = int(plane.min())
    counts = np.bincount(plane.ravel().astype(np.int64) - least)
    share = np.cumsum(counts) / plane.size
    low = int(np.argmax(share > SATURATED))
    high = int(np.argmax(share >= 1 - SATURATED))
    return least + low, least + high


def slice_lungs(stretched: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Dark parts of a stretched slice (H, W) that don't touch its border, their holes filled."""
    dark = without_border(stretched <= BODY)
    return with_holes_filled(dark)


def without_border(parts: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What remains when every part that touches the border is taken away; corners connect."""
    labels, count = ndimage.label(parts, _ALL_NEIGHBOURS)
    inner = np.ones(count + 1, bool)
    inner[0] = False
    inner[_on_border(labels)] = False
    return np.asarray(inner[labels], np.bool_)


def with_holes_filled(parts: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The parts and all that they enclose; the outside flows in through sides, not corners."""
    labels, count = ndimage.label(~parts)
    outside = np.zeros(count + 1, bool)
    outside[_on_border(labels)] = True
    outside[0] = False
    return ~np.asarray(outside[labels], np.bool_)


def _on_border(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
