"""Clean ends on Ctrl-C, SIGTERM and SIGHUP, without tracebacks from processes and threads."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

STOPS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Signals that ask a process to stop: Ctrl-C, `kill` and batch systems, a closed terminal."""

_FROM_TERMINAL = frozenset(STOPS) - {signal.SIGTERM}
"""Those that a terminal sends to all processes of a command."""

_SILENT_TRACKERS = (
    "ignore::UserWarning:multiprocessing.resource_tracker",
    "ignore::UserWarning:joblib.externals.loky.backend.resource_tracker",
)
"""These processes free what killed ones held, and should not remark on it."""

IMPATIENT = 3.0
"""Seconds after which a second Ctrl-C stops at once; launchers send the first one twice."""

_heard: list[int] = []


def note(number: int) -> None:
    """Remember which signal asked to stop: the exit code tells."""
    _heard.append(number)


def heard() -> bool:
    """Whether a signal to stop was noted."""
    return bool(_heard)


def forget() -> None:
    """Begin anew: what stopped the work before says nothing of the one to come."""
    _heard.clear()


def stop_if_heard(error: BaseException) -> None:
    """Raise KeyboardInterrupt after a signal to stop, of which a library in C++ made `error`.

    In a process that ends by such a signal, as commands do: in a notebook that goes on, an error
    of next week would be one of today's Ctrl-C.
    """
    if heard() and any(signal.getsignal(number) is _stop for number in STOPS):
        raise KeyboardInterrupt from error


def exit_code() -> int:
    """128 + the signal that was noted, as shells have it; Ctrl-C if none was."""
    return 128 + (_heard[0] if _heard else signal.SIGINT)


def stop_on_signals() -> None:
    """Turn every signal of `STOPS` into a KeyboardInterrupt, but for those that are ignored.

    nohup ignores SIGHUP, and a shell SIGINT for what runs in the background.
    """
    forget()
    if threading.current_thread() is threading.main_thread():
        for number in STOPS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _stop)


def end_on_signals(code: int) -> None:
    """All is done: a signal of `STOPS` only makes the process leave sooner, with its own code."""
    if threading.current_thread() is threading.main_thread():
        for number in STOPS:
            signal.signal(number, lambda *_: os._exit(code))


def _stop(number: int, frame: FrameType | None) -> None:
    note(number)
    raise KeyboardInterrupt


@contextmanager
def calm_children(*deaf_to: signal.Signals) -> Iterator[None]:
    """Processes started in here never hear what a terminal sends to all, Ctrl-C and SIGHUP.

    deaf_to: further signals that they don't hear, unless they ask for them. The process that
    started them ends them; those just starting would print a traceback each. That process hears
    such a signal, at the latest at the end of the block. Processes that are started by threads
    started in here are as deaf.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    warnings = os.environ.get("PYTHONWARNINGS", "")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [warnings, *_SILENT_TRACKERS]))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, _FROM_TERMINAL.union(deaf_to))
        _start_trackers()
        signal.pthread_sigmask(signal.SIG_BLOCK, _FROM_TERMINAL.union(deaf_to))
        yield
    finally:
        os.environ["PYTHONWARNINGS"] = warnings
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_trackers() -> None:
    """Starting one unblocks SIGINT again (cpython, multiprocessing/resource_tracker.py)."""
    from multiprocessing import resource_tracker

    from joblib.externals.loky.backend import resource_tracker as joblibs

    for tracker in (resource_tracker, joblibs):
        tracker.ensure_running()


@contextmanager
def stops_wait(tell: Callable[[], object] = lambda: None) -> Iterator[None]:
    """A signal to stop takes effect at the end: for a second's work by threads without a stop.

    tell: is called on such a signal, for work that ends when it is told to.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[tuple[int, FrameType | None]] = []

    def hear(number: int, frame: FrameType | None) -> None:
        caught.append((number, frame))
        tell()

    before = {number: signal.getsignal(number) for number in STOPS}
    waiting = [number for number, handler in before.items() if callable(handler)]
    for number in waiting:
        signal.signal(number, hear)
    try:
        yield
    finally:
        for number in waiting:
            signal.signal(number, before[number])
        if caught:
            number, frame = caught[0]
            handler = before[signal.Signals(number)]
            assert callable(handler)  # noqa: S101  only such wait
            handler(number, frame)


def _listened_to() -> list[signal.Signals]:
    """All, but SIGHUP where nohup has it ignored."""
    return [s for s in STOPS if s.name != "SIGHUP" or signal.getsignal(s) is not signal.SIG_IGN]


class Stop:
    """Stop cleanly on Ctrl-C, SIGTERM or SIGHUP: finish the step first.

    While entered, `stop()` is true once a signal has come; in the main thread only.

    Elsewhere Python delivers no signals, and nothing is changed.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __call__(self) -> bool:
        return self._since is not None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {name: signal.signal(name, self._heard) for name in _listened_to()}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name, handler in self._before.items():
            signal.signal(name, handler)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._since is None:
            self._since = now
            note(number)
        elif now - self._since > IMPATIENT:
            raise KeyboardInterrupt
