"""The task of a training: what the loop has to be told about loss, optimiser and rate.

The loop knows steps, processes, checkpoints and files; a task knows what is learnt. A system whose
training does not fit writes its own loop and still uses checkpoints, loading and processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from torch import Tensor, nn
from torch.optim import Optimizer

Item = tuple[int, int]
"""An epoch and the number of an item in it: what a batch is made of."""

Batch = tuple[Tensor, ...]
"""Items put together; the first dimension of every tensor counts them."""

Forward = Callable[..., Any]
"""A network as a function, in the precision of the run."""


class TrainingData(Protocol):
    """Items by epoch and number; an item depends on nothing else, so any process may load it."""

    @property
    def item_bytes(self) -> int:
        """Bytes of one item, for shared memory."""

    def __len__(self) -> int: ...

    def __getitem__(self, item: Item) -> Batch: ...


class Task(Protocol):
    """What a training is about.

    means: names of running sums that are shown as means over items, such as the parts of a loss;
    counts: names of those that are whole numbers, each with the name of its share of all items,
    `{"hits": "accuracy"}`; checks: the same for validation; idle_parameters: whether some
    parameters of the network get no gradient.
    """

    means: tuple[str, ...]
    counts: Mapping[str, str]
    checks: Mapping[str, str]
    idle_parameters: bool

    def optimiser(self, parameters: Iterable[nn.Parameter]) -> Optimizer:
        """A new optimiser of these parameters; its rate is set before each step."""

    def rate(self, epoch: int, step: int) -> float:
        """The learning rate of step `step`, counted from 0 over all epochs, in epoch `epoch`."""

    def loss(self, network: Forward, batch: Batch) -> tuple[Tensor, Tensor]:
        """The mean loss of a part of a batch, and its sums in the order of means and counts."""

    def check(self, network: Forward, batch: Batch) -> Tensor:
        """The sums of `checks` over a validation batch, in their order."""

    def better(self, now: Mapping[str, float], best: Mapping[str, float]) -> bool:
        """Whether an evaluation beats the best one before it; both hold `checks` and `items`."""

    def progress(self, shown: Mapping[str, float]) -> str:
        """This epoch so far in a few words; `shown` holds `loss`, `means` and shares by name."""
