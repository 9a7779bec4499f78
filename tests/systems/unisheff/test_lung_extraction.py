"""Lungs from intensities: stretched as by MATLAB's stretchlim, parts as skimage finds them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes
from skimage.segmentation import clear_border

from spgc.systems.unisheff.lung_extraction import (
    extracted,
    limits,
    slice_lungs,
    slice_stretched,
    with_holes_filled,
    without_border,
)
from tests.systems.unisheff.round_body import round_body


def slow_limits(plane: NDArray[np.int16]) -> tuple[int, int]:
    """stretchlim: the first level whose cumulative share is above 1 %, the first at 99 %."""
    values = np.sort(plane.ravel())
    levels = np.unique(values)
    shares = [np.mean(values <= level) for level in levels]
    low = next(level for level, share in zip(levels, shares, strict=True) if share > 0.01)
    high = next(level for level, share in zip(levels, shares, strict=True) if share >= 0.99)
    return int(low), int(high)


@pytest.mark.parametrize("seed", range(4))
def test_limits_are_those_of_stretchlim(seed: int) -> None:
    random = np.random.default_rng(seed)
    plane = random.normal(-300, 400, (20, 30)).round().astype(np.int16)
    assert limits(plane) == slow_limits(plane)
    low, high = limits(plane)
    assert -1500 < low < -900 < 300 < high < 1000


def test_the_darkest_and_brightest_hundredth_are_saturated() -> None:
    plane = np.arange(-500, 500, dtype=np.int16).reshape(25, 40)
    stretched = slice_stretched(plane)
    low, high = limits(plane)
    assert (low, high) == (-490, 489)
    assert (stretched.ravel()[:11] == 0).all()
    assert (stretched.ravel()[-11:] == 1).all()
    assert stretched[plane == 0] == pytest.approx((0 - low) / (high - low))


def test_a_slice_of_one_value_has_no_lungs() -> None:
    plane = np.full((12, 12), -800, np.int16)
    assert not slice_stretched(plane).any()
    assert not slice_lungs(slice_stretched(plane)).any()


@pytest.mark.parametrize("seed", range(6))
def test_parts_are_those_of_skimage_and_scipy(seed: int) -> None:
    parts = np.random.default_rng(seed).random((40, 50)) < 0.45
    assert np.array_equal(without_border(parts), clear_border(parts))
    assert np.array_equal(with_holes_filled(parts), binary_fill_holes(parts))


def test_lungs_are_dark_inside_the_body_and_vessels_in_them_are_lung() -> None:
    scan = round_body(slices=3, size=60)
    hu = scan.hu.copy()
    middle = hu[1]
    lungs = (middle < -700) & ~air_outside(middle)
    vessel = (30, 42)
    assert lungs[vessel]
    middle[29:32, 41:44] = 30
    grey, found = extracted(hu)
    assert np.array_equal(found[1], lungs)
    assert (grey[1][~lungs] == 0).all()
    assert grey[1][vessel] > 0.9
    assert grey.dtype == np.float32


def air_outside(plane: NDArray[np.int16]) -> NDArray[np.bool_]:
    size = len(plane)
    y, x = np.meshgrid(np.linspace(-1, 1, size), np.linspace(-1, 1, size), indexing="ij")
    return np.hypot(x, y) >= 0.9


def test_a_constant_added_or_a_slope_changes_nothing() -> None:
    """Their volume scaled to 0..1 and ours in HU are stretched alike."""
    scan = round_body()
    grey, lungs = extracted(scan.hu)
    other_grey, other_lungs = extracted((scan.hu + 1024).astype(np.int16))
    assert np.array_equal(lungs, other_lungs)
    np.testing.assert_allclose(grey, other_grey, atol=1e-6)
