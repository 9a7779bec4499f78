"""Ctrl-C without tracebacks from processes and threads that are caught in the middle."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SILENT_TRACKERS = (
    "ignore::UserWarning:multiprocessing.resource_tracker",
    "ignore::UserWarning:joblib.externals.loky.backend.resource_tracker",
)
"""These processes free what killed ones held, and should not remark on it."""


@contextmanager
def calm_children() -> Iterator[None]:
    """Processes started in here ignore Ctrl-C, which a terminal sends to all of them.

    The process that started them ends them; those just starting would print a traceback each.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler, warnings = signal.getsignal(signal.SIGINT), os.environ.get("PYTHONWARNINGS", "")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [warnings, *_SILENT_TRACKERS]))
    try:
        yield
    finally:
        os.environ["PYTHONWARNINGS"] = warnings
        signal.signal(signal.SIGINT, handler)


@contextmanager
def ctrl_c_waits() -> Iterator[None]:
    """Ctrl-C takes effect at the end: for a second's work by threads that can't be stopped."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    caught: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda number, frame: caught.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if caught:
            before(*caught[0])
