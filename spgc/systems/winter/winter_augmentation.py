"""The paper's augmentation of a training slice: rotation, then a crop from a padded image (III)."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from spgc.nets.slices.warp import rotation, shift, warped
from spgc.systems.winter.winter_settings import PADDING, ROTATION


def augmented(image: Tensor, seed: int) -> Tensor:
    """(3, size, size) in [0, 1] to a randomly turned and moved (3, size, size), black beyond."""
    random = np.random.default_rng(seed)
    size = image.shape[-1]
    edge = round(PADDING * size)
    turn = rotation(size, random.uniform(-ROTATION, ROTATION))
    right, down = random.integers(-edge, edge + 1, 2)
    return warped(image, turn @ shift(right, down))
