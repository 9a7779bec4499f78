"""RISE's masks: decided by the seed alone, open as often as asked, and refused when impossible."""

import pytest
import torch

from spgc.errors import UsageError
from spgc.explain.masks import Masks


def all_masks(masks: Masks, count: int, block: int) -> torch.Tensor:
    return torch.cat(list(masks.blocks(count, block)))


def test_a_mask_does_not_depend_on_the_block() -> None:
    masks = Masks((20, 30), seed=4)
    whole = all_masks(masks, 50, 50)
    assert whole.shape == (50, 20, 30)
    assert torch.equal(all_masks(masks, 50, 7), whole)
    assert torch.equal(all_masks(masks, 20, 64), whole[:20])
    assert not torch.equal(all_masks(Masks((20, 30), seed=5), 50, 50), whole)


@pytest.mark.parametrize("probability", [0.2, 0.5, 0.8])
def test_pixels_are_shown_as_often_as_asked(probability: float) -> None:
    """Everywhere, also at the edges: within four standard errors of 2000 masks."""
    found = all_masks(Masks((16, 16), 4, probability), 2000, 500)
    assert float(found.min()) >= 0
    assert float(found.max()) <= 1
    error = (probability * (1 - probability) / 2000) ** 0.5
    assert float((found.mean(dim=0) - probability).abs().max()) < 4 * error


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cells": 0}, "impossible number of cells"),
        ({"cells": 9}, "impossible number of cells"),
        ({"probability": 0.0}, "impossible probability"),
        ({"probability": 1.0}, "impossible probability"),
        ({"seed": -1}, "impossible seed"),
    ],
)
def test_impossible_masks(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Masks((8, 12), **changes)  # type: ignore[arg-type]
