"""Child processes that end with their parent, even when it is killed."""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress

LOOK = 0.5
"""Seconds between two looks at whether the parent is still there."""

GRACE = 20.0
"""Seconds that a process may take to save what it has and leave."""


@functools.cache
def end_with_parent() -> None:
    """End this worker process soon after the one that it works for; call it in the worker.

    A thread watches. The kernel's own way (Linux, PR_SET_PDEATHSIG) would not do: it goes by the
    thread that started a process, and joblib's workers outlive the threads that start them.
    """
    if (parent := multiprocessing.parent_process()) is None or parent.ident is None:
        return
    sentinel: int | None = parent.sentinel
    if sentinel is None:  # joblib's workers
        wait: Callable[[], object] = functools.partial(_wait_for_another_parent, parent.ident)
    else:
        wait = parent.join
    _watch(wait, lambda: os._exit(1))


def check_room(threads: int) -> None:
    """Raise RuntimeError, as Python does, where the system has no room for so many more threads.

    A pool of processes whose own threads can't be started is waited for without end.
    """
    enough = threading.Event()
    try:
        for _ in range(threads):
            threading.Thread(target=enough.wait, daemon=True).start()
    finally:
        enough.set()


def end_after_sigterm() -> None:
    """Let this worker process end some time after a SIGTERM, not at once; call it in the worker.

    Batch systems and `timeout` send it to all processes of a job. The one that the worker works for
    finishes its step, saves, and then ends its workers; without them it could not finish the step.
    """
    signal.signal(signal.SIGTERM, lambda *_: _end_later())
    if hasattr(signal, "pthread_sigmask"):  # started deaf to it
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])


def _end_later() -> None:
    timer = threading.Timer(GRACE, os._exit, [128 + signal.SIGTERM])
    timer.daemon = True
    timer.start()


def end_with_launcher() -> None:
    """Under torchrun or accelerate: stop as on SIGTERM when the launcher is gone."""
    if "TORCHELASTIC_RUN_ID" in os.environ and os.name != "nt":
        _watch(functools.partial(_wait_for_another_parent, os.getppid()), _stop)


def _watch(wait: Callable[[], object], end: Callable[[], object]) -> None:
    def run() -> None:
        wait()
        end()

    # Where the system has no more threads the work goes on unwatched: without, it would hang.
    with suppress(RuntimeError):
        threading.Thread(target=run, name="parent", daemon=True).start()


def _wait_for_another_parent(parent: int) -> None:
    """Orphans are given to another process at once."""
    while os.getppid() == parent:
        time.sleep(LOOK)


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)  # it may wait for others that are gone
    os._exit(128 + signal.SIGTERM)
