"""The random masks of RISE: s × s cells, each open with one probability, enlarged and shifted.

Petsiuk et al., "RISE: Randomized Input Sampling for Explanation of Black-box Models", BMVC 2018,
section 3.2; of volumes, s × s × s cells. Cells are rounded up to whole pixels, as the authors' code
does, so that a shift by a whole cell still covers the image.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spgc.contract.limits import MAX_MASK_SEED
from spgc.errors import UsageError

if TYPE_CHECKING:
    import torch

CELLS = 7
"""Cells along each side (RISE, section 4)."""

OPEN = 0.5
"""Probability that a cell is shown (RISE, section 4)."""

_GRIDS, _SHIFTS = 1, 2
"""Streams of random numbers of one seed."""


@dataclass(frozen=True)
class Masks:
    """A row of masks that a seed decides, made a few at a time.

    size: (H, W) pixels, or (D, H, W) of a volume. Raises UsageError for numbers of which no mask
    can be made.
    """

    size: tuple[int, ...]
    cells: int = CELLS
    probability: float = OPEN
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.cells <= min(self.size):
            raise UsageError(
                "impossible number of cells",
                found=self.cells,
                expected=f"1 to the image's {min(self.size)} pixels",
            )
        if not 0 < self.probability < 1:
            raise UsageError(
                "impossible probability of a cell",
                found=self.probability,
                expected="above 0 and below 1",
            )
        if not 0 <= self.seed <= MAX_MASK_SEED:
            raise UsageError("impossible seed", found=self.seed, expected=f"0 to {MAX_MASK_SEED}")

    def blocks(self, count: int, block: int) -> Iterator[torch.Tensor]:
        """The first `count` masks, (block, *size) float32 in [0, 1] at a time, the last rest less.

        Mask number i is the same whatever `block` is.
        """
        grids = np.random.default_rng((self.seed, _GRIDS))
        shifts = np.random.default_rng((self.seed, _SHIFTS))
        for start in range(0, count, block):
            number = min(block, count - start)
            cells = (self.cells,) * len(self.size)
            open_cells = grids.random((number, *cells)) < self.probability
            yield self._enlarged(open_cells, shifts.random((number, len(cells))))

    def _enlarged(self, open_cells: NDArray[np.bool_], shifts: NDArray[np.float64]) -> torch.Tensor:
        """(b, s, ...) cells and (b, axes) shifts in [0, 1) of a cell to (b, *size)."""
        import torch

        found = torch.from_numpy(open_cells).float()
        for axis, pixels in enumerate(self.size):
            weights, cell = _weights(pixels, self.cells)
            first = np.floor(shifts[:, axis] * cell).astype(np.int64)
            side = weights[torch.from_numpy(first[:, None] + np.arange(pixels))]
            lines = found.movedim(axis + 1, 1)
            longer = (side @ lines.flatten(2)).reshape(len(lines), pixels, *lines.shape[2:])
            found = longer.movedim(1, axis + 1)
        return found.contiguous()


def _weights(pixels: int, cells: int) -> tuple[torch.Tensor, int]:
    """Bilinear weights ((s + 1) · c, s) that enlarge one axis, and the cell's c pixels."""
    import torch

    cell = -(-pixels // cells)
    long = (cells + 1) * cell
    places = ((np.arange(long) + 0.5) * cells / long - 0.5).clip(0, cells - 1)
    weights = np.maximum(0.0, 1.0 - np.abs(places[:, None] - np.arange(cells)))
    return torch.from_numpy(weights.astype(np.float32)), cell
