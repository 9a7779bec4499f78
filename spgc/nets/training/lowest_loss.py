"""A training task for classifiers whose best evaluation is that of the lowest loss.

Losses of an evaluation are summed in whole millionths of a nat, each item rounded by itself: whole
numbers add up to the same sum in any order, in however many processes.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from spgc.nets.training.class_task import ClassTask
from spgc.nets.training.task import Batch, Forward

LOSS = "loss_millionths"
"""Name of that sum among the checks of a task."""

_MILLION = 1_000_000
_LARGEST = 1e6
"""Nats that one item counts at most: sums of millions of items fit into 64 bits."""


class LowestLossTask(ClassTask):
    """As `ClassTask`; an evaluation also sums the cross-entropy of its items."""

    checks: Mapping[str, str] = {"hits": "accuracy", LOSS: LOSS}

    def check(self, network: Forward, batch: Batch) -> Tensor:
        logits, classes = self.answered(network, batch)
        losses = cross_entropy(logits.float(), classes, reduction="none")
        hits = (logits.argmax(dim=1) == classes).sum()
        return torch.stack([hits, millionths(losses)])

    def better(self, now: Mapping[str, float], best: Mapping[str, float]) -> bool:
        """A lower loss on the same items; of equal ones the earlier stays."""
        return now[LOSS] < best[LOSS]


def millionths(losses: Tensor) -> Tensor:
    """The sum of losses (B,) in whole millionths; one that is no number counts as the largest."""
    bounded = losses.nan_to_num(nan=_LARGEST).clamp(max=_LARGEST)
    return (bounded * _MILLION).round().long().sum()
