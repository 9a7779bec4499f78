"""Three channels in [0, 1], and resizing with the weights of Pillow's antialiased bilinear."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from spgc.ct.slice_images import CHANNELS, HU_RANGE, grey, network_input, resize, stack

RNG = np.random.default_rng(0)


def test_grey_is_a_straight_line() -> None:
    hu = np.array([[-2000, -1024, -512, 0, 512, 1024, 3000]], np.int16)
    image = grey(hu)
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, [[0, 0, 0.25, 0.5, 0.75, 1, 1]])
    assert HU_RANGE == (-1024, 1024)


def test_grey_takes_another_range() -> None:
    np.testing.assert_allclose(
        grey(np.array([[-100, 0, 100]], np.int16), (-100, 100)), [[0, 0.5, 1]]
    )


def test_channels_are_grey_mask_product() -> None:
    hu = RNG.integers(-1024, 1024, (20, 30)).astype(np.int16)
    mask = RNG.random((20, 30)) < 0.5
    stacked = stack(hu, mask)
    assert stacked.shape == (3, 20, 30)
    np.testing.assert_array_equal(stacked[0], grey(hu))
    np.testing.assert_array_equal(stacked[1], mask)
    np.testing.assert_array_equal(stacked[2], grey(hu) * mask)


def test_a_batch_is_its_slices() -> None:
    hu = RNG.integers(-1024, 1024, (4, 20, 30)).astype(np.int16)
    mask = RNG.random((4, 20, 30)) < 0.5
    batch = stack(hu, mask)
    assert batch.shape == (4, 3, 20, 30)
    small = resize(batch, 8)
    for index in range(4):
        np.testing.assert_array_equal(batch[index], stack(hu[index], mask[index]))
        np.testing.assert_array_equal(small[index], resize(batch[index], 8))


@pytest.mark.parametrize("channels", CHANNELS)
def test_networks_see_three_channels(channels: str) -> None:
    """One image three times is each channel of it alone; lungs are stacked, then resized."""
    hu = RNG.integers(-1024, 1024, (2, 20, 30)).astype(np.int16)
    mask = RNG.random((2, 20, 30)) < 0.5
    once = {"grey": grey(hu), "masked": grey(hu) * mask}.get(channels)
    three = list(stack(hu, mask).swapaxes(0, 1)) if once is None else [once] * 3
    expected = np.stack([resize(channel, 8) for channel in three], axis=1)
    np.testing.assert_array_equal(network_input(hu, mask, 8, channels=channels), expected)
    one = network_input(hu[0], mask[0], 8, channels=channels)
    np.testing.assert_array_equal(one, expected[0])


def test_levels_round_down_as_integers_do() -> None:
    """256 levels of [-1150, 150] are an unsigned byte, truncated, and divided by 255."""
    hu = np.arange(-1300, 300, dtype=np.int16).reshape(40, 40)
    byte = ((np.clip(hu, -1150, 150) + 1150.0) / 1300 * 255).astype(np.uint8)
    image = network_input(hu, np.ones(hu.shape, bool), 40, (-1150, 150), "grey", 256)
    off = np.abs(image[0] * 255 - byte)
    assert np.count_nonzero(off > 1e-4) <= 1  # float32 may fall short of a whole number
    assert len(np.unique(image)) == 256


@pytest.mark.parametrize(("shape", "size"), [((64, 64), 28), ((50, 70), 32), ((20, 30), 64)])
def test_resize_is_pillows_bilinear(shape: tuple[int, int], size: int) -> None:
    images = RNG.random((3, *shape)).astype(np.float32)
    pillow = [
        np.asarray(Image.fromarray(i).resize((size, size), Image.Resampling.BILINEAR))
        for i in images
    ]
    np.testing.assert_allclose(resize(images, size), pillow, atol=1e-6)


@pytest.mark.parametrize("size", [17, 32, 100])
def test_mask_stays_within_bounds(size: int) -> None:
    mask = (RNG.random((3, 64, 64)) < 0.5).astype(np.float32)
    small = resize(mask, size)
    assert small.dtype == np.float32
    assert small.min() >= 0
    assert small.max() <= 1
    np.testing.assert_array_equal(resize(np.ones((3, 64, 64), np.float32), size).max(), 1)


def test_same_size_is_the_same_image() -> None:
    images = RNG.random((3, 32, 32)).astype(np.float32)
    np.testing.assert_array_equal(resize(images, 32), images)
