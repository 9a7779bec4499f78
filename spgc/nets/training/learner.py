"""One step of learning: the gradients of a batch, part by part, and Adam's answer to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.training.batch_norm import RunningStatistics
from spgc.nets.training.losses import focal_loss
from spgc.nets.training.schedule import Schedule, learning_rate
from spgc.systems.cnr_iemn.network import SliceNet
from spgc.systems.cnr_iemn.samples import Batch


class Learner:
    """A network with its optimiser; everything a step depends on besides is its number."""

    def __init__(self, network: SliceNet, schedule: Schedule, runtime: Runtime) -> None:
        self.schedule, self._config, self._runtime = schedule, schedule.config, runtime
        self._device = runtime.torch_device()
        self.network = network
        self.optimiser = torch.optim.Adam(
            network.parameters(), lr=self._config.learning_rate, fused=True
        )
        # fp16 rounds small gradients to 0: losses are multiplied, gradients divided again.
        self.scaler = torch.amp.GradScaler(self._device.type, enabled=runtime.precision == "fp16")
        self._statistics = RunningStatistics(network, schedule.parts * schedule.processes)
        self._shared: torch.nn.Module | None = None

    @property
    def rate(self) -> float:
        return float(self.optimiser.param_groups[0]["lr"])

    def step(self, number: int, batch: Batch) -> Tensor:
        """Learn from this process's share of batch `number`; the tally of that share."""
        self._set_rate(number)
        tally = self.gradients(number, batch)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        return tally

    def gradients(self, number: int, batch: Batch) -> Tensor:
        """Leave the gradients of the whole batch's mean loss in the parameters.

        Returns the sums of `tally.SUMS` over this process's share.
        """
        network = self._forward()
        self.optimiser.zero_grad()
        self._statistics.begin()
        whole = len(self.schedule.batch(number))
        tallies = []
        for part, is_last, (images, positions, classes, regions) in self._parts(number, batch):
            torch.manual_seed(self.schedule.seed(number, part))  # dropout
            count = len(classes)
            with self._alone(network, is_last), self._statistics.part(count / whole):
                with self._runtime.autocast():
                    class_logits, region_logits = network(images, positions)
                loss, terms = self._loss(class_logits, classes, region_logits, regions)
                # Processes' gradients are averaged: what they should be is added up.
                scaled = loss * (count / whole * self.schedule.processes)
                self.scaler.scale(scaled).backward()  # type: ignore[no-untyped-call]
            hits = (class_logits.argmax(dim=1) == classes).sum()
            tallies.append(torch.stack([loss * count, *(t * count for t in terms), hits]))
        self._statistics.end()
        slices = torch.full((1,), float(len(batch[2])), device=self._device)
        return torch.cat([torch.stack(tallies).detach().sum(dim=0), slices])

    def _forward(self) -> torch.nn.Module:
        """The network in training mode, joined to those of other processes when first used."""
        if self._shared is None:
            # Without the region task there is no region head either, as `network_of` builds it.
            idle = self.network.region_head is not None and not self._config.region_weight
            self._shared = processes.shared(self.network, self._device, unused=idle)
        return self._shared.train()

    def _set_rate(self, number: int) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self._config, self.schedule.epoch_of(number))

    def _parts(self, step: int, batch: Batch) -> Iterator[tuple[int, bool, Batch]]:
        """Number among all processes' parts, whether it is this one's last, and the part."""
        count = self.schedule.parts_of(step)
        first = processes.rank() * count
        moved = [tensor.to(self._device, non_blocking=True) for tensor in batch]
        for number, part in enumerate(zip(*(t.tensor_split(count) for t in moved), strict=True)):
            images, positions, classes, regions = part
            images = images.contiguous(memory_format=torch.channels_last)
            yield first + number, number == count - 1, (images, positions, classes, regions)

    def _alone(self, network: torch.nn.Module, is_last: bool) -> AbstractContextManager[None]:
        """Processes exchange gradients once a step, after the last part."""
        if is_last or network is self.network:
            return nullcontext()
        return network.no_sync()  # type: ignore

    def _loss(
        self, class_logits: Tensor, classes: Tensor, region_logits: Tensor, regions: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Both tasks' losses added up with their weights, and each of them (paper, 4.2.4)."""
        config = self._config
        class_loss = focal_loss(class_logits, classes, config.focal_gamma)
        loss, region_loss = config.class_weight * class_loss, torch.zeros_like(class_loss)
        if config.region_weight:
            region_loss = focal_loss(region_logits, regions, config.focal_gamma)
            loss = loss + config.region_weight * region_loss
        return loss, (class_loss, region_loss)
