"""Projective maps of images: flips, rotations, perspective and crops in one resampling."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

Matrix = NDArray[np.float64]
"""(3, 3): where in the original a point (x, y, 1) of the copy lies, in pixels from the corner."""


def warped(image: Tensor, matrix: Matrix) -> Tensor:
    """`image` resampled where `matrix` points to: bilinear, black beyond the edges."""
    size = image.shape[-1]
    to_grid = np.array([[2 / size, 0, -1], [0, 2 / size, -1], [0, 0, 1]])  # edges at -1 and 1
    points = _pixels(size) @ torch.from_numpy((to_grid @ matrix).T).float()
    grid = (points[:, :2] / points[:, 2:]).view(1, size, size, 2)
    result = F.grid_sample(image[None], grid, padding_mode="zeros", align_corners=False)
    return result[0].clamp_(0, 1)


@lru_cache(maxsize=4)
def _pixels(size: int) -> Tensor:
    """Centres of all pixels as (x, y, 1), row by row: (size², 3)."""
    along = torch.arange(size) + 0.5
    y, x = torch.meshgrid(along, along, indexing="ij")
    return torch.stack((x, y, torch.ones_like(x)), dim=-1).view(-1, 3)


def rotation(size: int, degrees: float) -> Matrix:
    """Round the middle of an image of `size` pixels."""
    angle = np.deg2rad(degrees)
    c, s, middle = np.cos(angle), np.sin(angle), size / 2
    return np.array([[c, -s, middle * (1 - c + s)], [s, c, middle * (1 - s - c)], [0, 0, 1]])


def shift(right: float, down: float) -> Matrix:
    """Pixels by which the image is looked at further to the right and further down."""
    return np.array([[1.0, 0, right], [0, 1, down], [0, 0, 1]])


def projection(start: NDArray[np.int64], end: NDArray[np.int64]) -> Matrix:
    """The projective map that takes four points (x, y) `start` to `end`, (4, 2) each."""
    rows = []
    for (x, y), (u, v) in zip(start, end, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    solved = np.linalg.solve(np.array(rows, np.float64), end.reshape(-1).astype(np.float64))
    return np.append(solved, 1.0).reshape(3, 3)


def mirror(size: int) -> Matrix:
    """Left and right of an image of `size` pixels swapped."""
    return np.array([[-1.0, 0, size], [0, 1, 0], [0, 0, 1]])
