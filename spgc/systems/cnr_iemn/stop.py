"""Stop cleanly on Ctrl-C, SIGTERM or SIGHUP: finish the step first."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any, Self

from spgc.jobs.interrupts import STOPS, note

IMPATIENT = 3.0
"""Seconds after which a second Ctrl-C stops at once; launchers send the first one twice."""


def _heard() -> list[signal.Signals]:
    """All, but SIGHUP where nohup has it ignored."""
    return [s for s in STOPS if s.name != "SIGHUP" or signal.getsignal(s) is not signal.SIG_IGN]


class Stop:
    """While entered, `stop()` is true once a signal has come; in the main thread only.

    Elsewhere Python delivers no signals, and nothing is changed.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __call__(self) -> bool:
        return self._since is not None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {name: signal.signal(name, self._heard) for name in _heard()}
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
