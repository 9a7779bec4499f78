"""From a volume's grid to the scan and back, on boxes that are not the scan."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from spgc.contract.volumes import VolumeBox
from spgc.explain.volume_places import heat_at, hottest_voxel, lungs_on_grid

BOX = VolumeBox((-1.0, 2.0, 0.5), (5.0, 8.0, 6.5))


def test_the_whole_scan_on_a_grid_of_its_own_size_is_itself() -> None:
    rng = np.random.default_rng(1)
    values, mask = rng.random((4, 5, 6)), rng.random((4, 5, 6)) < 0.5
    whole = VolumeBox((0, 0, 0), (4, 5, 6))
    every = tuple(np.arange(count) for count in values.shape)
    np.testing.assert_allclose(heat_at(values, whole, every), values, atol=1e-12)
    assert np.array_equal(lungs_on_grid(mask, whole, values.shape), mask)
    assert hottest_voxel(values, whole, mask.shape) == np.unravel_index(values.argmax(), (4, 5, 6))


def test_heat_is_linear_between_the_centres_of_the_grid() -> None:
    """As scipy has it; outside the box there is none."""
    values = np.random.default_rng(2).random((3, 4, 5))
    voxels = (np.arange(7), np.array([4]), np.arange(9))
    found = heat_at(values, BOX, voxels)
    places = np.meshgrid(
        *(
            (one + 0.5 - low) / (high - low) * count - 0.5
            for one, low, high, count in zip(voxels, BOX.low, BOX.high, values.shape, strict=True)
        ),
        indexing="ij",
    )
    wanted = map_coordinates(values, places, order=1, mode="nearest")
    assert found.shape == (7, 1, 9)
    inside = np.isfinite(found)
    assert inside[:5, 0, 0:7].all()  # centres of voxels from 0.5 to 6.5, at the box's very edge
    assert not inside[5:].any()
    assert not inside[:, :, 7:].any()
    np.testing.assert_allclose(found[inside], wanted[inside], atol=1e-12)


def test_what_lies_outside_the_scan_is_no_lung_and_never_the_hottest() -> None:
    values = np.zeros((6, 6, 6))
    values[0, 1, 1] = 9  # slice -1 of the scan
    values[3, 2, 4] = 5
    shape = (5, 9, 8)
    assert hottest_voxel(values, BOX, shape) == (2, 4, 5)
    found = lungs_on_grid(np.ones(shape, bool), BOX, values.shape)
    assert found.mean() == pytest.approx(5 / 6)  # the first of six planes
    assert not found[0].any()


def test_a_box_wholly_outside_the_scan_still_has_a_place() -> None:
    assert hottest_voxel(np.ones((2, 2, 2)), VolumeBox((9, 9, 9), (11, 11, 11)), (4, 5, 6)) == (
        3,
        4,
        5,
    )
