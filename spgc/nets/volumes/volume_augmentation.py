"""Random changes of a training volume: turned and scaled in plane, flipped, brightness, noise.

Turning is about the z axis, the patient's own; slices are resampled one like the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

FLIPS = {"z": 1, "y": 2, "x": 3}
"""Axes of (C, D, H, W): head to feet, front to back, the patient's right to left."""


@dataclass(frozen=True)
class VolumeChange:
    """How far a volume (C, D, H, W) is changed; a callable for `VolumeDataset`.

    degrees: of rotation to either side; scale: most that it is made larger or smaller in plane,
    0.1 for 10 %; flips: probability by axis, see `FLIPS`; shift: most that is added to a picture's
    values; noise: standard deviation of what is added to each voxel. pictures: how many channels
    are pictures in [0, 1]; those behind them are masks, which move along and stay 0 or 1.
    """

    degrees: float = 0.0
    scale: float = 0.0
    flips: tuple[tuple[str, float], ...] = ()
    shift: float = 0.0
    noise: float = 0.0
    pictures: int = 1

    def __call__(self, volume: Tensor, random: np.random.Generator) -> Tensor:
        """A changed copy, float32; the same numbers are drawn whatever comes of them."""
        degrees = random.uniform(-self.degrees, self.degrees)
        scale = np.exp(random.uniform(-1, 1) * np.log1p(self.scale))
        changed = turned(volume, degrees, float(scale), self.pictures)
        for axis, share in self.flips:
            if random.random() < share:
                changed = changed.flip(FLIPS[axis])
        added = random.uniform(-self.shift, self.shift)
        spread = torch.Generator().manual_seed(int(random.integers(2**62)))
        pictures = changed[: self.pictures] + added
        if self.noise:
            pictures = pictures + self.noise * torch.randn(pictures.shape, generator=spread)
        return torch.cat([pictures.clamp(0, 1), changed[self.pictures :]])


def turned(volume: Tensor, degrees: float, scale: float = 1.0, pictures: int = 1) -> Tensor:
    """(C, D, H, W) turned about the middle of its slices, then magnified; 0 beyond the edges.

    Positive degrees turn x towards y, on a screen clockwise. Bilinear; of masks, the channels
    behind `pictures`, a voxel is inside when half of it is.
    """
    if degrees == 0 and scale == 1:
        return volume
    count, depth, height, width = volume.shape
    angle = np.deg2rad(degrees)
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    ratio = height / width  # grid coordinates reach from -1 to 1 along either side
    back = torch.tensor([[[cos, sin * ratio, 0], [-sin / ratio, cos, 0]]], dtype=torch.float32)
    slices = volume.reshape(1, count * depth, height, width)
    grid = F.affine_grid(back, [1, 1, height, width], align_corners=False)
    found = F.grid_sample(slices, grid, padding_mode="zeros", align_corners=False)
    whole = found.view(count, depth, height, width)
    masks = (whole[pictures:] >= 0.5).float()
    return torch.cat([whole[:pictures], masks])
