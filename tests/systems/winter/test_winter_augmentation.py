"""A training slice is turned and moved as torchvision's rotation, padding and crop do."""

from __future__ import annotations

import numpy as np
import torch
from torchvision.transforms.v2 import functional as chain

from spgc.systems.winter.winter_augmentation import augmented

SIZE = 64
EDGE = 6
"""50 of 512 pixels at this size."""


def smooth() -> torch.Tensor:
    """Three blurred blobs off the middle: (3, SIZE, SIZE) in [0, 1], black at the edges."""
    y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    middles = [(22.0, 30.0), (40.0, 25.0), (35.0, 42.0)]
    return torch.stack([torch.exp(-((x - a) ** 2 + (y - b) ** 2) / 60.0) for a, b in middles])


def test_it_is_their_chain_in_one_resampling() -> None:
    for seed in range(5):
        random = np.random.default_rng(seed)
        angle = random.uniform(-20, 20)
        right, down = random.integers(-EDGE, EDGE + 1, 2).tolist()
        turned = chain.rotate(smooth(), angle, interpolation=chain.InterpolationMode.BILINEAR)
        theirs = chain.crop(chain.pad(turned, [EDGE]), EDGE + down, EDGE + right, SIZE, SIZE)
        assert float((augmented(smooth(), seed) - theirs).abs().max()) < 0.02


def test_the_seed_decides() -> None:
    assert torch.equal(augmented(smooth(), 3), augmented(smooth(), 3))
    assert not torch.equal(augmented(smooth(), 3), augmented(smooth(), 4))
