"""Slices are chosen by their lung in pixels of 512 × 512, whatever their own size."""

from __future__ import annotations

import numpy as np

from spgc.nets.slices.lung_area import lung_areas, most_lung, with_lung


def masks(*areas: int, size: int = 512) -> np.ndarray:
    """A mask with so many pixels for each slice."""
    made = np.zeros((len(areas), size * size), bool)
    for mask, area in zip(made, areas, strict=True):
        mask[:area] = True
    return made.reshape(-1, size, size)


def test_more_than_the_threshold_and_not_as_much() -> None:
    areas = lung_areas(masks(0, 5000, 5001, 90_000))
    assert areas.tolist() == [0, 5000, 5001, 90_000]
    assert with_lung(areas, 5000) == [2, 3]
    assert with_lung(areas, 0) == [1, 2, 3]


def test_small_slices_count_as_much_as_large_ones() -> None:
    """5000 of 512 × 512 pixels are 1250 of 256 × 256."""
    assert with_lung(lung_areas(masks(1250, 1251, size=256)), 5000) == [1]


def test_most_lung_in_the_order_of_the_scan() -> None:
    assert most_lung(np.array([1.0, 9.0, 3.0, 7.0]), 2) == [1, 3]
    assert most_lung(np.zeros(5), 3) == [1, 2, 3]
    assert most_lung(np.array([4.0]), 3) == [0]
