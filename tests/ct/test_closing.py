"""The closed lungs hold dense infection at the chest wall, and neither heart, table nor belly."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from spgc.ct.closing import close_lungs
from spgc.ct.lungs import LUNG_METHODS, NO_LUNGS, R231, segment_lungs
from spgc.errors import SeriesError

SPACING = (4.0, 1.0, 1.0)
BODY, LUNG, DENSE, AIR = 40, -850, 30, -1000


def chest(slices: int = 24, size: int = 320) -> NDArray[np.int16]:
    """An oval body with two oval lungs, a heart between them and a table below."""
    y, x = np.mgrid[:size, :size] - size / 2
    hu = np.full((slices, size, size), AIR, np.int16)
    for index in range(slices):
        grown = 0.7 + 0.3 * np.sin(np.pi * (index + 0.5) / slices)
        hu[index][(x / 148) ** 2 + (y / 100) ** 2 < 1] = BODY
        for side in (-1, 1):
            oval = ((x - side * 72) / (52 * grown)) ** 2 + (y / (76 * grown)) ** 2
            hu[index][oval < 1] = LUNG
        hu[index, 296:304, 40:280] = BODY
    return hu


def lungs_of(hu: NDArray[np.int16]) -> NDArray[np.bool_]:
    return hu == LUNG


def ball(shape: tuple[int, ...], centre: tuple[int, int, int], radius: float) -> NDArray[np.bool_]:
    z, y, x = np.indices(shape, sparse=True)
    squares = [((a - c) * s) ** 2 for a, c, s in zip((z, y, x), centre, SPACING, strict=True)]
    return np.asarray(sum(squares) <= radius**2, bool)


def test_consolidation_at_the_wall_is_kept() -> None:
    """A ball of 30 mm radius at the side wall: the default loses most, the closed lungs little."""
    hu = chest()
    planted = ball(hu.shape, (12, 160, 38), 30) & lungs_of(hu)
    hu[planted] = DENSE
    kept = {
        name: float(segment_lungs(hu, name, SPACING)[planted].mean())
        for name in ("watershed-two-regions", "watershed-closed")
    }
    assert kept["watershed-two-regions"] < 0.5
    assert kept["watershed-closed"] > 0.7


def test_a_healthy_chest_hardly_changes() -> None:
    hu = chest()
    default = segment_lungs(hu, spacing=SPACING)
    closed = segment_lungs(hu, "watershed-closed", SPACING)
    assert (closed & ~default).sum() < 0.02 * default.sum()
    assert (default & ~closed).sum() < 0.02 * default.sum()


def test_noise_of_the_spacing_changes_nothing() -> None:
    """Positions of DICOM files are subtracted, other headers hold 32-bit floats."""
    hu = chest(16)
    hu[ball(hu.shape, (8, 160, 38), 30) & lungs_of(hu)] = DENSE
    default = segment_lungs(hu)
    exact = close_lungs(default, hu, (2.5, 0.8, 0.8))
    assert (exact != default).any()
    for noise in (1e-13, -2e-7):
        spacing = (2.5 + noise, 0.8 + noise, 0.8 + noise)
        np.testing.assert_array_equal(close_lungs(default, hu, spacing), exact)


def test_air_far_from_the_lungs_is_dropped() -> None:
    hu = chest()
    masks = lungs_of(hu)
    masks[:3, 300, 60:120] = True  # in the table
    closed = close_lungs(masks, hu, SPACING)
    assert not closed[:, 290:].any()


def test_a_slice_whose_lungs_were_lost_gets_them_back() -> None:
    hu = chest()
    masks = lungs_of(hu)
    masks[10] = False
    closed = close_lungs(masks, hu, SPACING)
    truth = lungs_of(hu)[10]
    assert closed[10][truth].mean() > 0.9
    assert (closed[10] & ~truth).sum() < 0.05 * truth.sum()


@pytest.mark.parametrize("method", [name for name in LUNG_METHODS if name not in (NO_LUNGS, R231)])
@pytest.mark.parametrize("kind", ["no lung", "one slice", "one lung", "tiny", "one line"])
def test_awkward_scans(method: str, kind: str) -> None:
    """All the lung that there is and no air outside the body, of the right shape and type.

    The watershed may also take what lies between two lungs that nearly touch, and nothing further.
    """
    hu = chest(6)
    if kind == "no lung":
        hu[:] = BODY
    elif kind == "one slice":
        hu = hu[3:4]
    elif kind == "one lung":
        hu[:, :, 160:] = np.where(hu[:, :, 160:] == LUNG, BODY, hu[:, :, 160:])
    elif kind == "tiny":
        hu = hu[:, :4, :4]
    else:
        hu[:] = BODY
        hu[:, 160, 80:120] = LUNG
    mask = segment_lungs(hu, method, SPACING)
    assert mask.shape == hu.shape
    assert mask.dtype == np.bool_
    lungs = lungs_of(hu)
    assert lungs.any() == (kind in ("one slice", "one lung", "one line"))
    assert mask[lungs].all()
    near = ndimage.binary_dilation(lungs, np.ones((1, 45, 45), bool))
    assert not mask[~near | (hu == AIR)].any()


def test_a_bubble_between_the_points_of_the_grid_is_an_answer() -> None:
    """A neck of fine pixels: the mask of a few of them has no part on the grid of 2 mm."""
    hu = np.full((6, 64, 64), BODY, np.int16)
    hu[:, 31:33, 32:35] = LUNG
    masks = lungs_of(hu)
    np.testing.assert_array_equal(close_lungs(masks, hu, (1.25, 0.4, 0.4)), masks)
    mask = segment_lungs(hu, "watershed-closed", (1.25, 0.4, 0.4))
    assert mask.shape == hu.shape


@pytest.mark.parametrize("step", [1e-6, 1e6, 0.0, float("nan")])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_an_absurd_spacing_is_refused(step: float, axis: int) -> None:
    """It would ask for a grid of any size."""
    hu = chest(6, 32)
    z, y, x = (step if i == axis else usual for i, usual in enumerate(SPACING))
    with pytest.raises(SeriesError, match="spacing is not that of a chest CT"):
        segment_lungs(hu, "watershed-closed", (z, y, x))


@pytest.mark.parametrize("spacing", [(0.05, 0.05, 0.05), (100.0, 15.0, 15.0)])
def test_the_least_and_the_largest_spacing(spacing: tuple[float, float, float]) -> None:
    hu = chest(6, 64)
    assert segment_lungs(hu, "watershed-closed", spacing).shape == hu.shape


def test_input_is_left_alone() -> None:
    hu = chest(6)
    masks = lungs_of(hu)
    before = masks.copy()
    close_lungs(masks, hu, SPACING)
    np.testing.assert_array_equal(masks, before)
