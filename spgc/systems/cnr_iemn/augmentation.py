"""The paper's five augmentations of a stacked slice (section 3.3.1).

Flip, perspective, rotation and crop are joined into one projective map, so that an image is
resampled once: three resamplings take three times as long and blur what they should only move.
Numbers are drawn from a generator of the copy's own: torch's global one belongs to the network's
dropout, and slices are loaded beside the training, in a thread or in other processes.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor
from torchvision.transforms.v2 import functional as images

from spgc.nets.slices.warp import Matrix, mirror, projection, rotation, warped

JITTER, JITTER_P = 0.2, 0.2
"""Brightness and contrast strength, and how often (paper, 3.3.1)."""

FLIP_P = 0.2
"""Horizontal flip (paper, 3.3.1)."""

PERSPECTIVE, PERSPECTIVE_P = 0.5, 0.5
"""Distortion scale of the random perspective (paper, 3.3.1), and how often (choice)."""

ROTATION = 30
"""Degrees to either side (paper, 3.3.1)."""

CROP_MARGIN = 256 / 224
"""Size before cropping over size after (choice): the usual ImageNet proportion."""


def augmented(image: Tensor, seed: int) -> Tensor:
    """(3, size, size) in [0, 1] to a randomly changed (3, size, size) in [0, 1]."""
    random = np.random.default_rng(seed)
    image = _jittered(image, random)
    size = image.shape[-1]
    steps = (_flip(size, random), _perspective(size, random), _rotation(size, random))
    return warped(image, np.linalg.multi_dot([*steps, _crop(size, random)]))


def _jittered(image: Tensor, random: np.random.Generator) -> Tensor:
    """Brightness and contrast by a random factor each, in random order."""
    if random.random() >= JITTER_P:
        return image
    for change in random.permutation(["brightness", "contrast"]):
        factor = random.uniform(1 - JITTER, 1 + JITTER)
        adjust = getattr(images, f"adjust_{change}")
        image = adjust(image, factor)
    return image


def _flip(size: int, random: np.random.Generator) -> Matrix:
    if random.random() >= FLIP_P:
        return np.eye(3)
    return mirror(size)


def _perspective(size: int, random: np.random.Generator) -> Matrix:
    """Each corner moves inwards by up to `PERSPECTIVE` of half the size (as torchvision's does)."""
    if random.random() >= PERSPECTIVE_P:
        return np.eye(3)
    shifts = random.integers(0, int(PERSPECTIVE * (size // 2)) + 1, (4, 2))
    corners = np.array([[0, 0], [size - 1, 0], [size - 1, size - 1], [0, size - 1]])
    inwards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    return projection(corners + shifts * inwards, corners)


def _rotation(size: int, random: np.random.Generator) -> Matrix:
    """Round the middle by a random angle."""
    return rotation(size, random.uniform(-ROTATION, ROTATION))


def _crop(size: int, random: np.random.Generator) -> Matrix:
    """Enlarge by `CROP_MARGIN`, then cut out a square of the old size at a random place."""
    larger = round(size * CROP_MARGIN)
    left, top = random.integers(0, larger - size + 1, 2)
    scale = size / larger
    return np.array([[scale, 0, left * scale], [0, scale, top * scale], [0, 0, 1]])
