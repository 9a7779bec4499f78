"""A training task for classifiers: cross-entropy, any optimiser, any rate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer

from spgc.nets.training.task import Batch, Forward

LearningRate = Callable[[int, int], float]
"""The learning rate of an epoch and a step, both from 0; steps count over all epochs."""


class ClassTask:
    """Mean cross-entropy of class logits; a batch is a `SliceBatch`, of which regions are not used.

    The network answers with a pair whose first part is (B, classes).
    """

    means: tuple[str, ...] = ()
    counts: Mapping[str, str] = {"hits": "accuracy"}
    checks: Mapping[str, str] = {"hits": "accuracy"}
    idle_parameters = False

    def __init__(
        self, optimiser: Callable[[Iterable[nn.Parameter]], Optimizer], rate: LearningRate
    ) -> None:
        """optimiser: makes one for a network's parameters; rate: its rate in each step."""
        self._optimiser, self._rate = optimiser, rate

    def optimiser(self, parameters: Iterable[nn.Parameter]) -> Optimizer:
        return self._optimiser(parameters)

    def rate(self, epoch: int, step: int) -> float:
        return self._rate(epoch, step)

    def loss(self, network: Forward, batch: Batch) -> tuple[Tensor, Tensor]:
        logits, classes = self.answered(network, batch)
        return cross_entropy(logits, classes), _hits(logits, classes)

    def check(self, network: Forward, batch: Batch) -> Tensor:
        return _hits(*self.answered(network, batch))

    def answered(self, network: Forward, batch: Batch) -> tuple[Tensor, Tensor]:
        """Logits (B, classes) of a batch, and its classes (B,)."""
        images, positions, classes = batch[:3]
        return network(images, positions)[0], classes

    def better(self, now: Mapping[str, float], best: Mapping[str, float]) -> bool:
        """More validation hits; of equal ones the earlier stay."""
        return now["hits"] > best["hits"]

    def progress(self, shown: Mapping[str, float]) -> str:
        return f"loss {shown['loss']:.3f} · accuracy {shown['accuracy']:.1%}"


def _hits(logits: Tensor, classes: Tensor) -> Tensor:
    """(1,): how many rows have their largest logit at their class."""
    return torch.stack([(logits.argmax(dim=1) == classes).sum()])
