"""The state of a training between two steps, and the running sums of its items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from spgc.nets.training.task import Task


@dataclass
class TrainingState:
    """The state of a training between two steps, besides network and optimiser.

    epoch, recent: sums of this epoch and since the last point of the curves, (K,) float64 as
    `Sums` names them; step: steps done; evaluated: step of the last evaluation; best, best_step:
    sums and step of the best evaluation, empty before it; seconds, waited: of this epoch. Random
    numbers have no state here: each step seeds its own.
    """

    epoch: Tensor
    recent: Tensor
    step: int = 0
    evaluated: int = -1
    best: dict[str, float] = field(default_factory=dict)
    best_step: int = -1
    seconds: float = 0.0
    waited: float = 0.0


class Sums:
    """Names of a task's running sums: `loss`, its means, its counts, `items`."""

    def __init__(self, task: Task) -> None:
        self._means = ("loss", *task.means)
        self._counts = dict(task.counts)

    def __len__(self) -> int:
        return len(self._means) + len(self._counts) + 1

    def none(self) -> Tensor:
        """Sums of no item: (K,) float64."""
        return torch.zeros(len(self), dtype=torch.float64)

    def items(self, sums: Tensor) -> int:
        """How many items the sums are over."""
        return round(float(sums[-1]))

    def means(self, sums: Tensor) -> dict[str, float]:
        """Losses as means over items; 0 where there is none."""
        count = float(sums[-1]) or 1.0
        return {name: float(sums[i]) / count for i, name in enumerate(self._means)}

    def counts(self, sums: Tensor) -> dict[str, int]:
        """Whole numbers by name."""
        first = len(self._means)
        return {name: round(float(sums[first + i])) for i, name in enumerate(self._counts)}

    def shown(self, sums: Tensor) -> dict[str, float]:
        """Means, and each count as a share of all items under its share's name."""
        return self.means(sums) | shares(self._counts, self.counts(sums), self.items(sums))


def shares(names: Mapping[str, str], counts: Mapping[str, float], items: int) -> dict[str, float]:
    """Counts as shares of all items, under the names of their shares; 0 where there is no item."""
    return {share: counts[name] / items if items else 0.0 for name, share in names.items()}
