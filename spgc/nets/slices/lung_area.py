"""Choosing slices by the area of their lung."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FULL_SLICE = 512 * 512
"""Pixels that areas are given for; smaller slices of the same body need as much less."""


def lung_areas(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Lung of each slice, (S, H, W) masks to (S,), in pixels of a slice of 512 × 512."""
    pixels = masks.shape[1] * masks.shape[2]
    return np.asarray(masks.sum(axis=(1, 2)) * (FULL_SLICE / pixels), np.float64)


def with_lung(areas: NDArray[np.float64], more_than: float) -> list[int]:
    """Slices that show more lung than that, in their order; `areas` as `lung_areas` gives them."""
    return np.flatnonzero(areas > more_than).tolist()


def most_lung(areas: NDArray[np.float64], count: int) -> list[int]:
    """The `count` slices with most lung, in their order; of equal ones those nearest the middle."""
    middle = (len(areas) - 1) / 2
    order: Sequence[int] = sorted(
        range(len(areas)), key=lambda index: (-areas[index], abs(index - middle), index)
    )
    return sorted(order[:count])
