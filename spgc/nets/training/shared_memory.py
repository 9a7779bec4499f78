"""Whether shared memory holds the batches that loading processes hand over.

torch passes them through /dev/shm on Linux. Containers often have 64 MB of it (Docker's default),
one batch of Inception-v3; torch finds that out in the middle of a training, by a crash.
"""

from __future__ import annotations

import os
from pathlib import Path

from spgc.jobs.launched import launched
from spgc.nets.device import Runtime

PLACE = Path("/dev/shm")  # noqa: S108  looked at, never written to

AHEAD = 2
"""Batches that are ready or in the making beside the one in use, for each loading process."""

EVALUATION_BATCH = 64
"""Validation items at a time, slices say."""

_EVALUATION_BYTES = 2**28
"""Larger items, volumes say, are fewer at a time."""

_IN_USE = 2
"""Batches taken but not let go: the one of this step and the one being handed over."""


def free_shared_memory() -> int | None:
    """Bytes free for each process on this machine; None where nothing limits it."""
    try:
        stat = os.statvfs(PLACE)
    except (OSError, AttributeError):  # no such place; no such call (Windows)
        return None
    return stat.f_bavail * stat.f_frsize // launched().local_count


def loaders_that_fit(wanted: int, batch_bytes: int) -> int:
    """Loading processes for batches of so many bytes: `wanted`, or as many as there is room for.

    0: a thread loads, which needs no shared memory. No result depends on it.
    """
    free = free_shared_memory()
    if free is None:
        return wanted
    return max(0, min(wanted, (free // max(1, batch_bytes) - _IN_USE) // AHEAD))


def evaluation_batch(item_bytes: int, wanted: int | None = None) -> int:
    """Validation items at a time: `wanted`, or as many as take no more than 256 MiB, at most 64."""
    return wanted or max(1, min(EVALUATION_BATCH, _EVALUATION_BYTES // max(1, item_bytes)))


def step_bytes(batch: int, item_bytes: int, evaluation: int | None = None) -> int:
    """Bytes to count for a training batch: one of evaluation may lie beside it."""
    return (batch + evaluation_batch(item_bytes, evaluation)) * item_bytes


def small_memory_remark(batch_size: int, item_bytes: int, runtime: Runtime) -> str | None:
    """What to say when shared memory is too small for the loading processes asked for.

    item_bytes: of the largest items.
    """
    wanted = runtime.loaders()
    processes = launched().count
    batch = step_bytes(-(-batch_size // processes), item_bytes, runtime.batch_size)
    fitting = loaders_that_fit(wanted, batch)
    if fitting == wanted:
        return None
    need = (AHEAD * wanted + _IN_USE) * batch
    instead = f"{fitting} of them load" if fitting else "a thread loads"
    return (
        f"{PLACE} has {(free_shared_memory() or 0) >> 20} MiB free, too little for --workers "
        f"{wanted}: {instead} slices instead, perhaps slower. {-(-need >> 20)} MiB are enough "
        "(docker run --shm-size)"
    )
