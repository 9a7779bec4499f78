"""The cube: resampled as scipy does, slices by their lung area, the crop, the box, the turns."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from spgc.systems.unisheff.lung_extraction import extracted
from spgc.systems.unisheff.resampling_draws import ResamplingDraw, ScanAsDrawn
from spgc.systems.unisheff.shown_part import (
    NO_LUNGS,
    cropped_box,
    kept_slices,
    prepared,
    resampled,
    scan_box,
)
from tests.systems.unisheff.round_body import round_body, without_lungs

DRAW = ResamplingDraw(0.2, 0.9, 0.6)


def test_resampled_at_steps_from_the_first_voxel_as_scipy() -> None:
    grey = np.random.default_rng(0).random((9, 30, 34)).astype(np.float32)
    found = resampled(grey, DRAW)
    steps = (0.45 + 0.2 * 0.9, 1.7 + 0.6 * 0.2, 1.7 + 0.6 * 0.2)
    places = [np.arange(0, n - 1 + 1e-9, step) for n, step in zip(grey.shape, steps, strict=True)]
    expected = map_coordinates(
        grey.astype(np.float64), np.meshgrid(*places, indexing="ij"), order=3, mode="nearest"
    )
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("share", [0.6, 0.7, 0.8])
def test_slices_between_the_first_and_last_with_enough_lung(share: float) -> None:
    """A slice with little lung between two with much stays."""
    lungs = np.zeros((8, 10, 10), bool)
    for number, area in enumerate((1, 5, 6, 10, 2, 7, 8, 0)):
        lungs[number].ravel()[:area] = True
    draw = ResamplingDraw(depth=2.75)  # every slice: 0.45 + 0.2 · 2.75
    assert draw.depth_step == pytest.approx(1.0)
    expected = {0.6: (2, 6), 0.7: (3, 6), 0.8: (3, 6)}[share]
    assert kept_slices(lungs, draw, share) == expected


def test_areas_between_slices_lie_between_theirs() -> None:
    lungs = np.zeros((3, 4, 5), bool)
    lungs[1] = True
    assert kept_slices(lungs, ResamplingDraw(depth=0.25), 0.5) == (1, 3)  # at 0.5, 1.0 and 1.5
    assert kept_slices(np.zeros_like(lungs), ResamplingDraw(), 0.5) is None


def test_the_crop_is_in_the_middle_and_the_box_is_that_of_the_scan() -> None:
    box = cropped_box((20, 256, 256), 3, 12, ResamplingDraw())
    assert (box.low, box.high) == ((3, 16, 16), (13, 240, 240))
    at = scan_box(box, ResamplingDraw())
    # Resampled pixel k shows pixel 2k: its middle is at edge 2k + 0.5.
    assert at.low == pytest.approx((0.5 + 0.55 * 2.5, 0.5 + 2 * 15.5, 0.5 + 2 * 15.5))
    assert at.high == pytest.approx((0.5 + 0.55 * 12.5, 0.5 + 2 * 239.5, 0.5 + 2 * 239.5))


def test_picture_and_mask_lie_on_each_other() -> None:
    scan = round_body(slices=20, size=96)
    made = prepared(scan, 40, 0.8, masks=True)
    grey, mask = made.volume.astype(np.float32)
    assert made.volume.shape == (2, 40, 40, 40)
    assert made.volume.dtype == np.float16
    assert set(np.unique(mask)) == {0.0, 1.0}
    assert grey.min() == 0
    assert made.remark == ""
    _, lungs = extracted(scan.hu)
    inside = mask == 1
    assert 0.1 < inside.mean() < 0.4
    assert grey[inside].mean() > 5 * max(grey[~inside].mean(), 1e-3)
    assert lungs.any()


def test_without_masks_the_picture_is_the_same() -> None:
    scan = round_body()
    one, two = (prepared(scan, 34, 0.7, masks=masks) for masks in (False, True))
    assert np.array_equal(one.volume[0], two.volume[0])
    assert len(one.volume) == 1


def test_a_scan_without_lungs_is_shown_whole_and_said_to_be() -> None:
    made = prepared(without_lungs(), 33, 0.8, masks=True)
    assert made.remark == NO_LUNGS
    assert not made.volume.any()


def test_a_flip_turns_front_to_back_and_a_turn_moves_both_channels() -> None:
    scan = round_body(size=64)
    plain = prepared(ScanAsDrawn(scan, ResamplingDraw()), 34, 0.8, masks=True)
    assert np.array_equal(plain.volume, prepared(scan, 34, 0.8, masks=True).volume)
    flipped = prepared(ScanAsDrawn(scan, ResamplingDraw(flipped=True)), 34, 0.8, masks=True)
    assert np.array_equal(flipped.volume, plain.volume[:, :, ::-1])
    turned = prepared(ScanAsDrawn(scan, ResamplingDraw(degrees=12)), 34, 0.8, masks=True)
    assert (turned.volume[1] != plain.volume[1]).any()
    assert set(np.unique(turned.volume[1])) == {0.0, 1.0}
    right = plain.volume[1, 17, :, 17:].astype(float)
    moved = turned.volume[1, 17, :, 17:].astype(float)
    rows = np.arange(34)[:, None]
    assert (moved * rows).sum() / moved.sum() > (right * rows).sum() / right.sum() + 1


def test_one_slice_is_enough() -> None:
    made = prepared(round_body(slices=1, size=48), 33, 0.8, masks=True)
    assert made.volume[1].any()
