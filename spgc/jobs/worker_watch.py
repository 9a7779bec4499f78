"""Telling that a Dask cluster has lost all its workers: Dask waits for new ones without a word."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Client

LOOK_SECONDS = 10.0
"""How often the scheduler is asked for its workers."""

ALONE_SECONDS = 30.0
"""How long it may have none: a nanny starts a dead worker again within seconds."""


@contextmanager
def loss_of_workers_told(
    client: Client, address: str, say: Callable[[str], None]
) -> Iterator[None]:
    """While the block runs, `say` once for each time that the last worker has gone for long."""
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(client, address, say, over), daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()


def _watch(client: Client, address: str, say: Callable[[str], None], over: threading.Event) -> None:
    last, told = time.monotonic(), False
    while not over.wait(LOOK_SECONDS):
        there = True
        with suppress(Exception):  # of a scheduler that is lost or too busy, the work itself tells
            there = bool(client.nthreads())
        if there:
            last, told = time.monotonic(), False
        elif not told and time.monotonic() - last >= ALONE_SECONDS and not over.is_set():
            told = True
            say(
                f"no Dask worker is left at {address}: waiting for new ones (dask worker "
                f"{address} --nthreads 1). Ctrl-C stops; what is finished is kept."
            )
