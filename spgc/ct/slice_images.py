"""Network input of one slice: grey, lung mask, grey × lung mask (paper, section 3.3.1).

Or grey three times, as in the paper's first experiment (section 4.2.1).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Image = NDArray[np.float32]

HU_RANGE = (-1024.0, 1024.0)
"""HU that become black and white. A choice: the paper says only "grayscale" and that no contrast
enhancement was used. -1024 is air and the least value of the scanners in COVID-CT-MD; 1024 keeps
lung, tissue and most bone on one straight line."""

CHANNELS = ("lungs", "grey", "masked")
"""What the three channels hold: grey, mask, grey × mask (4.2.2); grey three times (4.2.1); or
grey × mask three times, which shows nothing outside the lungs."""


def grey(hu: NDArray[np.int16], hu_range: tuple[float, float] = HU_RANGE) -> Image:
    """Map HU to [0, 1] on a straight line, clipped at the ends of `hu_range`. Any shape."""
    low, high = hu_range
    image = hu.astype(np.float32)
    image -= np.float32(low)
    image *= np.float32(1.0 / (high - low))
    clipped: Image = np.clip(image, 0.0, 1.0, out=image)
    return clipped


def stack(
    hu: NDArray[np.int16], mask: NDArray[np.bool_], hu_range: tuple[float, float] = HU_RANGE
) -> Image:
    """Channels grey, mask, grey × mask: (H, W) HU and bool to (3, H, W) float32 in [0, 1].

    Also (N, H, W) to (N, 3, H, W).
    """
    stacked = np.empty((*hu.shape[:-2], 3, *hu.shape[-2:]), np.float32)
    stacked[..., 0, :, :] = grey(hu, hu_range)
    stacked[..., 1, :, :] = mask
    np.multiply(stacked[..., 0, :, :], stacked[..., 1, :, :], out=stacked[..., 2, :, :])
    return stacked


def network_input(
    hu: NDArray[np.int16],
    mask: NDArray[np.bool_],
    size: int,
    hu_range: tuple[float, float] = HU_RANGE,
    channels: str = "lungs",
    levels: int | None = None,
) -> Image:
    """(H, W) HU and bool to (3, size, size) float32 in [0, 1], or (N, H, W) to (N, 3, size, size).

    `channels` is one of `CHANNELS`. levels: grey values that a pixel can have before it is resized,
    rounded down, as an image of integers has; None for all.
    """
    if channels == "lungs":
        return resize(_with_levels(stack(hu, mask, hu_range), levels), size)
    single = _with_levels(grey(hu, hu_range), levels)
    if channels == "masked":
        single *= mask
    # One resizing serves all three.
    return np.repeat(resize(single, size)[..., None, :, :], 3, axis=-3)


def _with_levels(image: Image, levels: int | None) -> Image:
    """`image` in [0, 1] cut down to so many equal steps: 0, 1 / (levels - 1), … 1."""
    if levels is None:
        return image
    last = np.float32(levels - 1)
    stepped: Image = np.floor(image * last) / last
    return stepped


def resize(stacked: Image, size: int) -> Image:
    """Resize each image to `size` × `size`: (..., H, W) to (..., size, size) float32.

    Antialiased bilinear: a triangle as wide as an output pixel, or as an input pixel when
    enlarging; the same weights as Pillow's BILINEAR and torchvision's `antialias=True`. Input
    and output lie in [0, 1].
    """
    *leading, height, width = stacked.shape
    if (height, width) == (size, size):
        return stacked.astype(np.float32)
    rows, columns = _weights(height, size), _weights(width, size)
    images = np.ascontiguousarray(stacked, np.float32).reshape(-1, height, width)
    resized = np.empty((len(images), size, size), np.float32)
    for image, result in zip(images, resized, strict=True):
        narrow = columns @ np.ascontiguousarray((rows @ image).T)
        np.clip(narrow.T, 0.0, 1.0, out=result)  # rounding may pass 1 by 1e-7
    return resized.reshape(*leading, size, size)


@lru_cache(maxsize=32)
def _weights(length: int, size: int) -> csr_array:
    """Weights (size, length) that resize one axis; each row adds up to 1."""
    scale = length / size
    support = max(scale, 1.0)
    centres = (np.arange(size) + 0.5) * scale
    distance = np.abs(np.arange(length) + 0.5 - centres[:, None]) / support
    weights = np.maximum(1.0 - distance, 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    return csr_array(weights.astype(np.float32))
