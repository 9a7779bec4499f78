"""The paper's five augmentations of a stacked slice (section 3.3.1), as one transform."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.transforms import v2

JITTER, JITTER_P = 0.2, 0.2
"""Brightness and contrast strength, and how often (paper, 3.3.1)."""

FLIP_P = 0.2
"""Horizontal flip (paper, 3.3.1)."""

PERSPECTIVE = 0.5
"""Distortion scale of the random perspective (paper, 3.3.1)."""

ROTATION = 30
"""Degrees to either side (paper, 3.3.1)."""

CROP_MARGIN = 256 / 224
"""Size before cropping over size after (choice): the usual ImageNet proportion."""


def build_augmentation(size: int) -> v2.Transform:
    """(3, size, size) in [0, 1] to a randomly changed (3, size, size) in [0, 1]."""
    larger = round(size * CROP_MARGIN)
    return v2.Compose(
        [
            v2.RandomApply([v2.ColorJitter(brightness=JITTER, contrast=JITTER)], p=JITTER_P),
            v2.RandomHorizontalFlip(FLIP_P),
            v2.RandomPerspective(PERSPECTIVE),
            v2.RandomRotation(ROTATION, interpolation=v2.InterpolationMode.BILINEAR),
            v2.Resize((larger, larger), antialias=True),
            v2.RandomCrop(size),
        ]
    )


def augmented(transform: v2.Transform, image: Tensor, seed: int) -> Tensor:
    """`transform(image)` with its own seed, so that neither workers nor order change a copy."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        result: Tensor = transform(image)
    return result
