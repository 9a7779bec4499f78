"""RISE against its literal form, on classifiers whose answer depends on a known region."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from spgc.errors import UsageError
from spgc.explain.mask_sums import BLOCK, LEAST, MaskSums, Pace
from spgc.explain.masks import Masks
from spgc.explain.rise import Rise
from tests.explain.literal_rise import enlarged_volume, literal_rise


def sees_a_corner(images: Tensor, bias: Tensor | float = 0.0) -> Tensor:
    """Two classes; the second goes by rows 2 to 7 and columns 12 to 17 alone."""
    logit = 8 * images[:, :, 2:8, 12:18].mean(dim=(1, 2, 3)) - 4 + bias
    return torch.stack((-logit, logit), dim=1).softmax(dim=1)


@pytest.fixture
def image() -> Tensor:
    return torch.rand(1, 3, 20, 26, generator=torch.Generator().manual_seed(3)) * 0.2 + 0.8


def test_is_the_literal_form(image: Tensor) -> None:
    """Height and width differ and are no multiples of the cells."""
    found = Rise(lambda x: sees_a_corner(x.double())).attribute(
        image, target=1, n_masks=70, cells=3, probability=0.4, seed=5, stop_early=False
    )
    wanted = literal_rise(
        image[0].double().numpy(),
        lambda one: float(sees_a_corner(torch.from_numpy(one)[None])[0, 1]),
        masks=70,
        cells=3,
        p1=0.4,
        seed=5,
    )
    assert found.shape == (1, 1, 20, 26)
    np.testing.assert_allclose(found[0, 0].numpy(), wanted, rtol=0, atol=2e-6)


def test_of_a_volume_each_voxel_has_the_mean_answer_of_when_it_was_shown() -> None:
    """Sides differ; Σ p · M / Σ M over masks drawn and enlarged without `Masks`."""
    size, count, cells = (5, 7, 9), 37, 3
    volume = torch.rand(1, 2, *size, generator=torch.Generator().manual_seed(4)).double()

    def model(x: Tensor) -> Tensor:
        return x[:, 0, 1:3, 2:5, 3:6].mean(dim=(1, 2, 3))[:, None]

    (found,) = Rise(model).explain(
        volume,
        0,
        -0.5,
        n_masks=count,
        cells=cells,
        probability=0.4,
        seed=6,
        own_mean=True,
        pace=Pace(block=4, every=8, least=999),
    )
    grids = np.random.default_rng((6, 1)).random((count, cells, cells, cells)) < 0.4
    shifts = np.random.default_rng((6, 2)).random((count, 3))
    masks = np.stack(
        [enlarged_volume(grid, size, shift) for grid, shift in zip(grids, shifts, strict=True)]
    )
    shown = torch.from_numpy(masks)[:, None]
    answers = model(volume * shown - 0.5 * (1 - shown))[:, 0].numpy()
    wanted = np.tensordot(answers, masks, 1) / masks.sum(axis=0)
    np.testing.assert_allclose(found.values, wanted, atol=2e-6)
    assert (found.masks, found.settled) == (count, False)


def test_a_place_that_was_never_shown_has_the_mean_answer() -> None:
    sums = MaskSums((1, 2), 0.5, own_mean=True, pace=Pace())
    sums.add(torch.tensor([[[1.0, 0.0]], [[1.0, 0.0]]]), np.array([0.2, 0.4]), last=True)
    assert sums.values() == pytest.approx(np.array([[0.3, 0.3]]))


def test_pace_says_when_a_map_may_settle(image: Tensor) -> None:
    """Checked every so many masks, not before the least."""
    pace = Pace(block=4, every=32, least=96)
    (found,) = Rise(sees_a_corner).explain(image, target=1, cells=2, own_mean=True, pace=pace)
    assert found.settled
    assert found.masks >= 96
    assert found.masks % 32 == 0
    assert "checked every 32 masks from 96 on" in pace.criterion


def test_finds_the_region(image: Tensor) -> None:
    (found,) = Rise(sees_a_corner).explain(image, target=1, n_masks=2000, cells=5)
    hottest = np.unravel_index(found.values.argmax(), found.values.shape)
    assert 2 <= hottest[0] < 8
    assert 12 <= hottest[1] < 18
    (other,) = Rise(sees_a_corner).explain(image, target=0, n_masks=2000, cells=5)
    coldest = np.unravel_index(other.values.argmin(), other.values.shape)
    assert (2 <= coldest[0] < 8, 12 <= coldest[1] < 18) == (True, True)


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_any_batch_size_gives_the_same(image: Tensor, at_once: int) -> None:
    """To the last bit, and the inputs of one call don't depend on each other."""
    both = torch.cat((image, image.flip(3)))
    settings = {"n_masks": 150, "cells": 4, "seed": 2}
    whole = Rise(sees_a_corner).attribute(both, target=1, **settings)
    parts = Rise(sees_a_corner).attribute(
        both, target=1, perturbations_per_eval=at_once, **settings
    )
    assert torch.equal(whole, parts)
    alone = Rise(sees_a_corner).attribute(both[1:], target=1, **settings)
    assert torch.equal(whole[1:], alone)


def test_masks_are_those_of_the_seed_and_open_as_often_as_asked() -> None:
    masks = Masks((24, 24), cells=4, probability=0.3, seed=9)
    (whole,) = masks.blocks(600, 600)
    assert torch.equal(torch.cat(list(masks.blocks(600, 64))), whole)
    assert float(whole.mean()) == pytest.approx(0.3, abs=0.02)
    assert 0 <= float(whole.min()) < float(whole.max()) <= 1
    (other,) = Masks((24, 24), cells=4, probability=0.3, seed=10).blocks(600, 600)
    assert not torch.equal(other, whole)


def test_stops_when_settled_and_only_then(image: Tensor) -> None:
    """A classifier that does not look never settles: its halves share only noise."""
    (found,) = Rise(sees_a_corner).explain(image, target=1, n_masks=8000, cells=4)
    assert (found.settled, LEAST <= found.masks < 8000) == (True, True)
    assert found.masks % BLOCK == 0
    blind = Rise(lambda x: torch.full((len(x), 2), 0.5))
    (noise,) = blind.explain(image, target=1, n_masks=1000, cells=4)
    assert (noise.settled, noise.masks) == (False, 1000)
    assert noise.reliability < 0.6


def test_target_baselines_and_other_arguments(image: Tensor) -> None:
    """Without a target the best class is taken; each input has its own row of the arguments."""
    bias = torch.tensor([[0.0], [-9.0]])

    def model(x: Tensor, row: Tensor) -> Tensor:
        assert row.shape == (len(x), 1)
        return sees_a_corner(x, row[:, 0])

    first, second = Rise(model).explain(
        image.repeat(2, 1, 1, 1), additional_forward_args=(bias,), n_masks=64
    )
    assert (first.target, second.target) == (1, 0)
    filled = Rise(sees_a_corner).attribute(image, target=1, baselines=image[0], n_masks=64)
    # Hidden pixels look like shown ones, so that every mask gets the answer to the whole image.
    (masks,) = Masks((20, 26)).blocks(64, 64)
    flat = masks.mean(dim=0) * sees_a_corner(image)[0, 1] / 0.5
    torch.testing.assert_close(filled[0, 0], flat, rtol=1e-5, atol=1e-6)


def test_bad_numbers_are_refused(image: Tensor) -> None:
    for settings, said in (
        ({"cells": 21}, "1 to the image's 20 pixels"),
        ({"probability": 1.0}, "below 1"),
        ({"n_masks": 1}, "2 or more"),
        ({"seed": -1}, "0 to 9223372036854775807"),
    ):
        with pytest.raises(UsageError, match=said):
            Rise(sees_a_corner).attribute(image, **settings)
    with pytest.raises(UsageError, match="no batch of images"):
        Rise(sees_a_corner).attribute(image[0])
