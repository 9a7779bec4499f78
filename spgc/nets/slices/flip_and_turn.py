"""A mild augmentation: mirrored left to right or not, and turned by a few degrees."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from spgc.nets.slices.warp import mirror, rotation, warped

FLIP_P = 0.5
"""How often left and right are swapped (choice)."""

MOST_DEGREES = 15
"""To either side (choice)."""


def flipped_and_turned(image: Tensor, seed: int) -> Tensor:
    """(3, size, size) in [0, 1] to a randomly changed (3, size, size) in [0, 1]."""
    random = np.random.default_rng(seed)
    size = image.shape[-1]
    flip = mirror(size) if random.random() < FLIP_P else np.eye(3)
    return warped(image, flip @ rotation(size, random.uniform(-MOST_DEGREES, MOST_DEGREES)))
