"""Tasks for yes or no, and for the epoch of the lowest loss: arithmetic by hand."""

from __future__ import annotations

import math

import pytest
import torch

from spgc.nets.training.binary_task import BinaryTask
from spgc.nets.training.lowest_loss import LOSS, LowestLossTask

NEGATIVE = 2


def optimiser(parameters: object) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=1.0)  # type: ignore[arg-type]


def rate(epoch: int, step: int) -> float:
    return 1.0


def batch(classes: list[int]) -> tuple[torch.Tensor, ...]:
    count = len(classes)
    wanted = torch.tensor(classes)
    return torch.zeros(count, 3, 8, 8), torch.zeros(count, 2), wanted, wanted


def answering(logits: list[list[float]]):
    return lambda images, positions: (torch.tensor(logits), None)


def test_binary_cross_entropy_of_every_class_against_one() -> None:
    logits, classes = [[2.0], [-1.0], [0.5], [-3.0]], [0, 1, NEGATIVE, NEGATIVE]
    task = BinaryTask(optimiser, rate, NEGATIVE)
    loss, sums = task.loss(answering(logits), batch(classes))
    right = [1 / (1 + math.exp(-x[0])) for x in logits[:2]]
    right += [1 - 1 / (1 + math.exp(-x[0])) for x in logits[2:]]
    assert loss.item() == pytest.approx(-sum(map(math.log, right)) / 4)
    assert sums.tolist() == [2]
    hits, parts = task.check(answering(logits), batch(classes)).tolist()
    assert (hits, parts / 1e6) == (2, pytest.approx(4 * loss.item(), abs=2e-6))


def test_the_loss_of_an_evaluation_is_summed_in_millionths() -> None:
    logits = [[2.0, 0, 0], [0, 1, 0], [0, 0, 3]]
    task = LowestLossTask(optimiser, rate)
    hits, parts = task.check(answering(logits), batch([0, 2, 2])).tolist()
    expected = -sum(
        math.log(math.exp(row[k]) / sum(map(math.exp, row)))
        for row, k in zip(logits, [0, 2, 2], strict=True)
    )
    assert hits == 2
    assert parts / 1e6 == pytest.approx(expected, abs=2e-6)
    assert list(task.checks) == ["hits", LOSS]


def test_the_lower_loss_is_better_and_of_equal_ones_the_earlier() -> None:
    task = LowestLossTask(optimiser, rate)
    low, high = {"hits": 1, LOSS: 5, "items": 3}, {"hits": 3, LOSS: 6, "items": 3}
    assert task.better(low, high)
    assert not task.better(high, low)
    assert not task.better(low, low)


@pytest.mark.parametrize("wild", [math.nan, math.inf])
def test_a_loss_that_is_no_number_never_wins(wild: float) -> None:
    task = LowestLossTask(optimiser, rate)
    _, parts = task.check(answering([[wild, 0, 0]]), batch([1])).tolist()
    _, plain = task.check(answering([[9.0, 0, 0]]), batch([1])).tolist()
    assert parts > plain > 0
