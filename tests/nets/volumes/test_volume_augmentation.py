"""Changes of a volume: scipy as the oracle of turning; masks stay masks; flips swap their axis."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from spgc.nets.volumes.volume_augmentation import VolumeChange, turned


def picture(*shape: int) -> torch.Tensor:
    """A smooth picture, dark at its edges."""
    random = np.random.default_rng(0).random(shape)
    _, y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    inside = np.clip(1.2 - np.hypot(y, x), 0, 1)
    return torch.from_numpy(ndimage.gaussian_filter(random, 2) * inside).float()[None]


@pytest.mark.parametrize("degrees", [12.0, -30.0])
@pytest.mark.parametrize("shape", [(3, 40, 40), (2, 30, 50)])
def test_turned_as_scipy_turns(degrees: float, shape: tuple[int, int, int]) -> None:
    """ndimage turns the first of its axes towards the second: y towards x is the other way."""
    volume = picture(*shape)
    expected = ndimage.rotate(
        volume[0].numpy(), -degrees, axes=(1, 2), reshape=False, order=1, mode="grid-constant"
    )
    found = turned(volume, degrees)[0].numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_positive_degrees_turn_x_towards_y() -> None:
    volume = torch.zeros(1, 1, 9, 9)
    volume[0, 0, 4, 7] = 1  # to the right of the middle
    found = turned(volume, 90)
    assert float(found[0, 0, 7, 4]) == pytest.approx(1, abs=1e-5)


def test_magnified_about_the_middle() -> None:
    volume = torch.zeros(1, 1, 11, 11)
    volume[0, 0, 5, 7] = 1
    found = turned(volume, 0, scale=2.0)
    assert float(found[0, 0, 5, 9]) == pytest.approx(1, abs=1e-5)


def test_masks_move_along_and_stay_masks() -> None:
    mask = (picture(2, 32, 32) > 0.3).float()
    both = torch.cat([mask, mask])
    found = VolumeChange(degrees=20, scale=0.1, shift=0.3, noise=0.1)(
        both, np.random.default_rng(3)
    )
    assert set(found[1].unique().tolist()) == {0.0, 1.0}
    assert 0 < float((found[1] != mask[0]).float().mean()) < 0.3
    assert 0 <= float(found[0].min()) <= float(found[0].max()) <= 1


@pytest.mark.parametrize(("axis", "dimension"), [("z", 1), ("y", 2), ("x", 3)])
def test_a_flip_swaps_its_axis(axis: str, dimension: int) -> None:
    volume = torch.rand(1, 3, 4, 5)
    found = VolumeChange(flips=((axis, 1.0),))(volume, np.random.default_rng(0))
    assert torch.equal(found, volume.flip(dimension))


def test_no_change_leaves_a_volume_alone() -> None:
    volume = torch.rand(2, 3, 4, 5)
    assert torch.equal(VolumeChange()(volume, np.random.default_rng(0)), volume)
