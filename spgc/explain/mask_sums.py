"""Sums of random masks, weighted by a classifier's answers: the map so far, and whether it settled.

Even and odd masks are summed apart: how well their two maps agree tells how far masks would have to
be drawn again to get another map.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 64
"""Masks in memory at a time. Sums are over whole blocks, so that no result depends on how many
pictures the classifier takes at once."""

LEAST = 256
"""Masks before a map may count as settled."""

RELIABILITY = 0.95
"""Split-half reliability from which a map counts as settled."""


@dataclass(frozen=True)
class Pace:
    """block: masks in memory at a time; every: masks between checks, whole blocks; least: before
    a map may count as settled."""

    block: int = BLOCK
    every: int = BLOCK
    least: int = LEAST

    @property
    def criterion(self) -> str:
        """When a map is settled: the maps of its even and odd masks agree as well as that."""
        return (
            f"split-half reliability (Spearman-Brown) of {RELIABILITY} or more in two checks "
            f"running, checked every {self.every} masks from {self.least} on"
        )


SLICE_PACE = Pace()


class MaskSums:
    """The running sums of one map of `size`, its even and odd masks apart.

    probability: of a cell to be shown, by which the sums are divided; own_mean: divide by how often
    each place was shown instead.
    """

    def __init__(
        self, size: tuple[int, ...], probability: float, own_mean: bool, pace: Pace
    ) -> None:
        self.pace, self._probability = pace, probability
        self._halves = np.zeros((2, *size))
        self._shown = np.zeros((2, *size)) if own_mean else None
        self._counts, self._weights = [0, 0], [0.0, 0.0]
        self._checks: list[float] = []

    def add(self, block: Tensor, weights: NDArray[np.float64], last: bool) -> None:
        """Add masks (b, *size) with their answers (b,); last: no more are coming."""
        size = self._halves.shape[1:]
        for half in (0, 1):
            part = block[half::2].double().reshape(-1, block[0].numel()).numpy()
            self._halves[half] += (weights[half::2] @ part).reshape(size)
            self._counts[half] += len(part)
            self._weights[half] += float(weights[half::2].sum())
            if self._shown is not None:
                self._shown[half] += part.sum(axis=0).reshape(size)
        if self.used % self.pace.every == 0 or last:
            self._checks.append(_reliability(self._maps()))

    def _maps(self) -> NDArray[np.float64]:
        """(2, *size) the maps of both halves, but for a factor."""
        if self._shown is None:
            return self._halves
        pairs = zip(self._halves, self._shown, self._weights, self._counts, strict=True)
        return np.stack([_own_mean(*pair) for pair in pairs])

    @property
    def used(self) -> int:
        """Masks so far."""
        return sum(self._counts)

    @property
    def reliability(self) -> float:
        """As of the last check."""
        return self._checks[-1]

    @property
    def settled(self) -> bool:
        enough = self.used >= self.pace.least and len(self._checks) > 1
        return enough and min(self._checks[-2:]) >= RELIABILITY

    def status(self) -> str:
        """`reliability 0.87 of 0.95`, beside the progress bar."""
        return f"reliability {self.reliability:.2f} of {RELIABILITY}" if self._checks else ""

    def values(self) -> NDArray[np.float64]:
        """The map of all masks so far."""
        whole = self._halves.sum(axis=0)
        if self._shown is None:
            return np.asarray(whole / (self.used * self._probability), np.float64)
        return _own_mean(whole, self._shown.sum(axis=0), sum(self._weights), self.used)


def _own_mean(
    sums: NDArray[np.float64], shown: NDArray[np.float64], weights: float, count: int
) -> NDArray[np.float64]:
    """Σ p · M / Σ M; the mean of all p where nothing was ever shown."""
    usual = np.full_like(sums, weights / max(count, 1))
    return np.divide(sums, shown, out=usual, where=shown > 0)


def _reliability(halves: NDArray[np.float64]) -> float:
    """Of the map that both halves make, from their correlation r: 2 r / (1 + r); 0 to 1."""
    first, second = (half.ravel() - half.mean() for half in halves)
    scale = float(np.sqrt((first @ first) * (second @ second)))
    agreement = max(0.0, float(first @ second) / scale) if scale > 0 else 0.0
    return 2 * agreement / (1 + agreement)
