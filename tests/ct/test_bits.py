"""Packed dilations are scipy's, pixel for pixel, at the borders as well."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from scipy import ndimage

from spgc.ct.bits import BitPlane

Mask = NDArray[np.bool_]

masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=40))
quick = settings(max_examples=60, deadline=None, derandomize=True)


@given(masks)
@quick
def test_pack_and_unpack(mask: Mask) -> None:
    plane = BitPlane(*mask.shape, margin=5)
    np.testing.assert_array_equal(plane.unpack(plane.pack(mask)), mask)
    np.testing.assert_array_equal(plane.unpack(plane.invert(plane.pack(mask))), ~mask)


@given(masks, st.integers(1, 17))
@quick
def test_diamond(mask: Mask, radius: int) -> None:
    plane = BitPlane(*mask.shape, margin=radius)
    ours = plane.unpack(plane.dilate_diamond(plane.pack(mask), radius))
    np.testing.assert_array_equal(ours, ndimage.binary_dilation(mask, iterations=radius))


@given(masks, st.integers(1, 12))
@quick
def test_square(mask: Mask, radius: int) -> None:
    plane = BitPlane(*mask.shape, margin=radius)
    ours = plane.unpack(plane.dilate_square(plane.pack(mask), radius))
    element = np.ones((2 * radius + 1,) * 2, bool)
    np.testing.assert_array_equal(ours, ndimage.binary_dilation(mask, element))


@pytest.mark.parametrize("corner", [(0, 0), (0, -1), (-1, 0), (-1, -1)])
def test_nothing_runs_into_the_next_row(corner: tuple[int, int]) -> None:
    mask = np.zeros((30, 30), bool)
    mask[corner] = True
    plane = BitPlane(30, 30, margin=24)
    ours = plane.unpack(plane.dilate_diamond(plane.dilate_square(plane.pack(mask), 8), 16))
    wide = ndimage.binary_dilation(mask, np.ones((17, 17), bool))
    np.testing.assert_array_equal(ours, ndimage.binary_dilation(wide, iterations=16))
