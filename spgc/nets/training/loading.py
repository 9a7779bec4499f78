"""Batches loaded ahead of the training, by a thread or by processes, and the time waited for them.

What a batch holds depends on its items alone, so how it is loaded changes no result.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from multiprocessing.connection import wait
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, default_collate

from spgc.errors import SpgcError, WorkerError
from spgc.jobs.ahead import prefetched
from spgc.jobs.child_processes import end_after_sigterm, end_with_parent
from spgc.jobs.interrupts import calm_children
from spgc.nets.device import Runtime
from spgc.nets.training.shared_memory import AHEAD, loaders_that_fit
from spgc.nets.training.task import Batch, Item, TrainingData

_LAYOUTS = {4: torch.channels_last, 5: torch.channels_last_3d}
"""Of images (B, C, H, W) and volumes (B, C, D, H, W)."""


PATIENCE = 5.0
"""Seconds in which a process that is suspected to be dead is seen to be."""


class Loading:
    """Batches of the items of `data` that are asked for, in that order, however many load them.

    `waited` adds up the seconds that the training stood still for its next batch.
    """

    def __init__(self, data: TrainingData, runtime: Runtime, batch_bytes: int = 0) -> None:
        """batch_bytes: of the largest batch; fewer processes load where shared memory is small."""
        self.waited = 0.0
        self._data = _WholeBatches(data)
        self._workers = loaders_that_fit(runtime.loaders(), batch_bytes)
        self._children: list[multiprocessing.process.BaseProcess] = []
        self._pin = runtime.torch_device().type == "cuda"

    def batches(self, items: Iterable[Sequence[Item]]) -> Generator[Batch, None, None]:
        """One batch for each group of items.

        Raises SpgcError for one that can't be read, WorkerError when a loading process dies.
        """
        batches = self._loaded(items)
        while True:
            start = time.monotonic()
            try:
                batch = next(batches, None)
            except (RuntimeError, OSError, EOFError) as error:
                raise self._named(error) from error
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
        before = set(multiprocessing.active_children())
        with calm_children(signal.SIGTERM):  # the fork server never hears it
            made = iter(loader)
        self._children = [c for c in multiprocessing.active_children() if c not in before]
        return made

    def _named(self, error: Exception) -> Exception:
        """The error of a batch that did not come: where a loading process died, why, in one line.

        torch notices the death, or a connection to the dead process breaks first.
        """
        by_torch = str(error).startswith("DataLoader worker")
        if not by_torch and not (isinstance(error, OSError | EOFError) and self._children):
            return error
        wait([child.sentinel for child in self._children], PATIENCE)
        codes = [child.exitcode for child in self._children if child.exitcode is not None]
        if not by_torch and not codes:
            return error
        return WorkerError(
            "a data-loading process died",
            found=_cause(next(filter(None, codes), 0)),
            do="--workers 0 loads without such processes and needs less memory; the same command "
            "resumes from the last save",
        )


def _cause(code: int) -> str:
    """Why a process died, by its exit code: below zero it was a signal."""
    if -code == getattr(signal, "SIGKILL", None):  # Windows has neither
        return "killed, as the system does where memory runs out"
    if -code == getattr(signal, "SIGBUS", None):
        return "a bus error, as where shared memory (/dev/shm) runs out"
    return f"signal {-code}" if code < 0 else f"exit code {code}"


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
