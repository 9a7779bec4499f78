"""Batches loaded ahead of the training, by a thread or by processes, and the time waited for them.

What a batch holds depends on its items alone, so how it is loaded changes no result.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, default_collate

from spgc.errors import SpgcError
from spgc.jobs.ahead import prefetched
from spgc.jobs.child_processes import end_after_sigterm, end_with_parent
from spgc.jobs.interrupts import calm_children
from spgc.nets.device import Runtime
from spgc.nets.training.shared_memory import AHEAD, loaders_that_fit
from spgc.nets.training.task import Batch, Item, TrainingData

_LAYOUTS = {4: torch.channels_last, 5: torch.channels_last_3d}
"""Of images (B, C, H, W) and volumes (B, C, D, H, W)."""


class Loading:
    """Batches of the items of `data` that are asked for, in that order, however many load them.

    `waited` adds up the seconds that the training stood still for its next batch.
    """

    def __init__(self, data: TrainingData, runtime: Runtime, batch_bytes: int = 0) -> None:
        """batch_bytes: of the largest batch; fewer processes load where shared memory is small."""
        self.waited = 0.0
        self._data = _WholeBatches(data)
        self._workers = loaders_that_fit(runtime.loaders(), batch_bytes)
        self._pin = runtime.torch_device().type == "cuda"

    def batches(self, items: Iterable[Sequence[Item]]) -> Generator[Batch, None, None]:
        """One batch for each group of items. Raises SpgcError for one that can't be read."""
        batches = self._loaded(items)
        while True:
            start = time.monotonic()
            batch = next(batches, None)
            self.waited += time.monotonic() - start
            if batch is None:
                return
            if isinstance(batch, SpgcError):
                raise batch
            yield batch

    def _loaded(self, items: Iterable[Sequence[Item]]) -> Iterator[Batch | SpgcError]:
        loader = DataLoader(
            self._data,
            batch_sampler=items,  # type: ignore[arg-type]  # any iterable of any keys will do
            num_workers=self._workers,
            prefetch_factor=AHEAD if self._workers else None,
            collate_fn=_as_it_is,
            pin_memory=self._pin,
            worker_init_fn=_begin_worker,
            multiprocessing_context=_processes() if self._workers else None,
            generator=torch.Generator(),  # its own: the global one is the dropout's
        )
        if not self._workers:
            return prefetched(iter(loader), AHEAD, wait=True)
        with calm_children(signal.SIGTERM):  # the fork server never hears it
            return iter(loader)


def to_device(batch: Batch, device: torch.device) -> Batch:
    """A batch on `device`, images and volumes laid out as the networks compute fastest."""
    moved = (tensor.to(device, non_blocking=True) for tensor in batch)
    return tuple(
        tensor.contiguous(memory_format=layout)
        if (layout := _LAYOUTS.get(tensor.dim()))
        else tensor
        for tensor in moved
    )


class _WholeBatches(Dataset[Any]):
    """Loads whole batches, and hands errors over as values: a worker would add its traceback."""

    def __init__(self, data: TrainingData) -> None:
        self._data = data

    def __getitems__(self, items: Sequence[Item]) -> Batch | SpgcError:
        try:
            return tuple(default_collate([self._data[item] for item in items]))
        except SpgcError as error:
            return error


def _as_it_is(batch: Any) -> Any:
    return batch


def _processes() -> multiprocessing.context.BaseContext:
    """Processes that inherit no thread: the slice store has some, which a fork would lose.

    Where there is a fork server it loads torch once and its children share that memory.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _begin_worker(_: int) -> None:
    """One thread each: there are as many workers as cores.

    Where processes can't be started deaf to Ctrl-C, they are made so here: it reaches all, and
    the training saves first and then ends its workers.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_after_sigterm()
    end_with_parent()
    torch.set_num_threads(1)
