"""Where a training stands between two steps, and what its slices add up to."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

SUMS = ("loss", "class_loss", "region_loss", "hits", "slices")
"""What a tally adds up over slices: a (5,) tensor."""


def no_tally() -> Tensor:
    """A tally of nothing: (5,) float64, in the order of `SUMS`."""
    return torch.zeros(len(SUMS), dtype=torch.float64)


@dataclass
class Standing:
    """Where a training stands between two steps, besides network and optimiser.

    step: steps done; evaluated: step of the last evaluation; best: validation hits and step of the
    best one; seconds, waited: of this epoch; epoch, recent: tallies of this epoch and since the
    last point of the curves. Random numbers have no state here: each step seeds its own.
    """

    step: int = 0
    evaluated: int = -1
    best_hits: int = -1
    best_step: int = -1
    seconds: float = 0.0
    waited: float = 0.0
    epoch: Tensor = field(default_factory=no_tally)
    recent: Tensor = field(default_factory=no_tally)


@dataclass(frozen=True)
class Means:
    """A tally as means over its slices."""

    loss: float
    class_loss: float
    region_loss: float
    hits: int
    slices: int

    @property
    def accuracy(self) -> float:
        return self.hits / self.slices if self.slices else 0.0


def means(tally: Tensor) -> Means:
    """`tally: (5,)`, sums in the order of `SUMS`; losses of no slice are 0."""
    loss, class_loss, region_loss, hits, slices = tally.tolist()
    n = slices or 1.0
    return Means(loss / n, class_loss / n, region_loss / n, round(hits), round(slices))
