"""A training task for yes or no: binary cross-entropy of one logit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim import Optimizer

from spgc.nets.training.class_task import ClassTask, LearningRate
from spgc.nets.training.lowest_loss import LOSS, millionths
from spgc.nets.training.task import Batch, Forward


class BinaryTask(ClassTask):
    """Mean binary cross-entropy of a network's only logit; a batch is a `SliceBatch`.

    Items of class `negative` are to be answered below 0 (a sigmoid below 0.5), all others above.
    The network answers with a pair whose first part is (B, 1).
    """

    checks: Mapping[str, str] = {"hits": "accuracy", LOSS: LOSS}

    def __init__(
        self,
        optimiser: Callable[[Iterable[nn.Parameter]], Optimizer],
        rate: LearningRate,
        negative: int,
    ) -> None:
        """optimiser, rate: as for `ClassTask`; negative: a class as an index into `CLASSES`."""
        super().__init__(optimiser, rate)
        self._negative = negative

    def loss(self, network: Forward, batch: Batch) -> tuple[Tensor, Tensor]:
        logits, wanted = self._asked(network, batch)
        return binary_cross_entropy_with_logits(logits, wanted.float()), _hits(logits, wanted)

    def check(self, network: Forward, batch: Batch) -> Tensor:
        """Hits and the losses' sum, as `LowestLossTask` has them: one table serves both."""
        logits, wanted = self._asked(network, batch)
        losses = binary_cross_entropy_with_logits(logits, wanted.float(), reduction="none")
        return torch.cat([_hits(logits, wanted), millionths(losses).reshape(1)])

    def _asked(self, network: Forward, batch: Batch) -> tuple[Tensor, Tensor]:
        """Logits (B,) in float32, and what they should be above 0 for, (B,) bool."""
        images, positions, classes = batch[:3]
        logits, _ = network(images, positions)
        return logits[:, 0].float(), classes != self._negative


def _hits(logits: Tensor, wanted: Tensor) -> Tensor:
    """(1,): how many logits lie on the right side of 0."""
    return torch.stack([((logits > 0) == wanted).sum()])
