"""One step of learning: the gradients of a batch, part by part, and the optimiser's answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.training.batch_norm import RunningStatistics
from spgc.nets.training.loading import to_device
from spgc.nets.training.schedule import Schedule
from spgc.nets.training.task import Batch, Task


class Learner:
    """A network with its optimiser; everything a step depends on besides is its number."""

    def __init__(
        self, network: nn.Module, task: Task, schedule: Schedule, runtime: Runtime
    ) -> None:
        self.schedule, self.task, self._runtime = schedule, task, runtime
        self._device = runtime.torch_device()
        self.network = network
        self.optimiser = task.optimiser(network.parameters())
        # fp16 rounds small gradients to 0: losses are multiplied, gradients divided again.
        self.scaler = torch.amp.GradScaler(self._device.type, enabled=runtime.precision == "fp16")
        self._statistics = RunningStatistics(network, schedule.parts * schedule.processes)
        self._shared: nn.Module | None = None

    @property
    def rate(self) -> float:
        return float(self.optimiser.param_groups[0]["lr"])

    def step(self, number: int, batch: Batch) -> Tensor:
        """Learn from this process's share of batch `number`; the sums over that share."""
        self._set_rate(number)
        sums = self.gradients(number, batch)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        return sums

    def gradients(self, number: int, batch: Batch) -> Tensor:
        """Leave the gradients of the whole batch's mean loss in the parameters.

        Returns the sums over this process's share, (K,) in the order of `Sums`.
        """
        network = self._forward()
        self.optimiser.zero_grad()
        self._statistics.begin()
        whole = len(self.schedule.batch(number))
        found = []
        for part, is_last, items in self._parts(number, batch):
            torch.manual_seed(self.schedule.seed(number, part))  # dropout
            count = len(items[0])
            with self._alone(network, is_last), self._statistics.part(count / whole):
                loss, sums = self.task.loss(self._runtime.in_precision(network), items)
                # Processes' gradients are averaged: what they should be is added up.
                scaled = loss * (count / whole * self.schedule.processes)
                self.scaler.scale(scaled).backward()  # type: ignore[no-untyped-call]
            found.append(torch.cat([(loss * count).reshape(1), sums]).detach())
        self._statistics.end()
        items_here = torch.full((1,), float(len(batch[0])), device=self._device)
        return torch.cat([torch.stack(found).sum(dim=0), items_here])

    def _forward(self) -> nn.Module:
        """The network in training mode, joined to those of other processes when first used."""
        if self._shared is None:
            self._shared = processes.shared(
                self.network, self._device, unused=self.task.idle_parameters
            )
        return self._shared.train()

    def _set_rate(self, number: int) -> None:
        rate = self.task.rate(self.schedule.epoch_of(number), number)
        for group in self.optimiser.param_groups:
            group["lr"] = rate

    def _parts(self, step: int, batch: Batch) -> Iterator[tuple[int, bool, Batch]]:
        """Number among all processes' parts, whether it is this one's last, and the part."""
        count = self.schedule.parts_of(step)
        first = processes.rank() * count
        moved = [tensor.to(self._device, non_blocking=True) for tensor in batch]
        for number, part in enumerate(zip(*(t.tensor_split(count) for t in moved), strict=True)):
            yield first + number, number == count - 1, to_device(part, self._device)

    def _alone(self, network: nn.Module, is_last: bool) -> AbstractContextManager[None]:
        """Processes exchange gradients once a step, after the last part."""
        if is_last or network is self.network:
            return nullcontext()
        return network.no_sync()  # type: ignore
