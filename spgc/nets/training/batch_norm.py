"""Running statistics of batch normalisation when a batch goes through the network in parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from spgc.nets import processes


class RunningStatistics:
    """Moves running means and variances once a step, by the mean over the parts of its batch.

    Left alone, a network would move them once a part, and processes would each keep their own.
    """

    def __init__(self, network: nn.Module, parts: int) -> None:
        """`parts`: over all processes; with one part nothing needs to be done."""
        layers = [m for m in network.modules() if isinstance(m, _BatchNorm)] if parts > 1 else []
        found = [buffer for layer in layers for buffer in (layer.running_mean, layer.running_var)]
        self._running = [buffer for buffer in found if buffer is not None]
        self._start: list[Tensor] = []
        self._sum: list[Tensor] = []

    def begin(self) -> None:
        """Remember where the step begins."""
        self._start = [buffer.clone() for buffer in self._running]
        self._sum = [torch.zeros_like(buffer) for buffer in self._running]

    @contextmanager
    def part(self, share: float) -> Iterator[None]:
        """One part's way through the network; `share` is its share of the batch's slices."""
        for buffer, start in zip(self._running, self._start, strict=True):
            buffer.copy_(start)
        yield
        for total, buffer in zip(self._sum, self._running, strict=True):
            total.add_(buffer, alpha=share)

    def end(self) -> None:
        """Set them to the mean over all parts of all processes."""
        if not self._running:
            return
        flat = processes.add_up(torch.cat([total.view(-1) for total in self._sum]))
        pieces = torch.split(flat, [total.numel() for total in self._sum])
        for buffer, piece in zip(self._running, pieces, strict=True):
            buffer.copy_(piece.view_as(buffer))
