"""RISE written down pixel by pixel in float64, as the paper's equations read: an oracle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates


def enlarged(grid: NDArray[np.bool_], height: int, width: int) -> NDArray[np.float64]:
    """A grid enlarged bilinearly to (s + 1) cells of whole pixels along each side."""
    cells = len(grid)
    tall, wide = (-(-pixels // cells) * (cells + 1) for pixels in (height, width))
    large = np.zeros((tall, wide))
    for y in range(tall):
        for x in range(wide):
            # Centres of pixels; beyond the outermost centres of cells the edge goes on.
            v = min(max((y + 0.5) * cells / tall - 0.5, 0), cells - 1)
            u = min(max((x + 0.5) * cells / wide - 0.5, 0), cells - 1)
            top, left = int(v), int(u)
            low, right = min(top + 1, cells - 1), min(left + 1, cells - 1)
            b, a = v - top, u - left
            large[y, x] = (1 - b) * ((1 - a) * grid[top, left] + a * grid[top, right]) + b * (
                (1 - a) * grid[low, left] + a * grid[low, right]
            )
    return large


def literal_rise(
    image: NDArray[np.float64],
    probability_of: Callable[[NDArray[np.float64]], float],
    *,
    masks: int,
    cells: int,
    p1: float,
    seed: int,
) -> NDArray[np.float64]:
    """(C, H, W) to (H, W): the sum of p(I ⊙ M) · M over all masks, over N · p1."""
    grids = np.random.default_rng((seed, 1)).random((masks, cells, cells)) < p1
    shifts = np.random.default_rng((seed, 2)).random((masks, 2))
    _, height, width = image.shape
    cell_y, cell_x = -(-height // cells), -(-width // cells)
    total = np.zeros((height, width))
    for grid, (down, across) in zip(grids, shifts, strict=True):
        y, x = int(down * cell_y), int(across * cell_x)
        mask = enlarged(grid, height, width)[y : y + height, x : x + width]
        total += probability_of(image * mask) * mask
    return total / masks / p1


def enlarged_volume(
    grid: NDArray[np.bool_], size: tuple[int, ...], shifts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A grid (s, s, s) enlarged linearly along each axis, cut out at its shift: scipy's zoom."""
    cells = [-(-count // len(grid)) for count in size]
    places = [
        ((np.arange(count) + int(shift * cell) + 0.5) / cell * len(grid) / (len(grid) + 1) - 0.5)
        for count, cell, shift in zip(size, cells, shifts, strict=True)
    ]
    points = np.meshgrid(*places, indexing="ij")
    return np.asarray(map_coordinates(grid.astype(float), points, order=1, mode="nearest"))
