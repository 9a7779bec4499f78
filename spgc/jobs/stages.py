"""Time and slices per stage of a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from spgc.jobs.cpu_time import library_seconds

T = TypeVar("T")


@dataclass(frozen=True)
class Stage:
    """Seconds of work in one stage, summed over its threads or processes, and slices done in it.

    cpu: CPU seconds of it; less than `seconds` where it waited, more where libraries used several
    threads.
    """

    name: str
    seconds: float
    slices: int = 0
    cpu: float = field(default=0.0, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """With slices per second, None where the stage has no slices."""
        rate = self.slices / self.seconds if self.slices and self.seconds else None
        return {
            "stage": self.name,
            "seconds": round(self.seconds, 3),
            "cpu_seconds": round(self.cpu, 3),
            "slices": self.slices,
            "slices_per_second": None if rate is None else round(rate, 2),
        }


class Stages:
    """Adds up stages in the order in which they first came; several threads may add.

    A stage within another one counts to itself alone. whole_process: whether CPU seconds are those
    of all threads of this process, where nothing else is done in it.
    """

    def __init__(self, *, whole_process: bool = False) -> None:
        self._whole = whole_process
        self._lock = threading.Lock()
        self._sums: dict[str, tuple[float, int, float]] = {}
        self._open = _Open()

    def add(self, name: str, seconds: float, slices: int = 0, cpu: float = 0.0) -> None:
        """Add to a stage."""
        with self._lock:
            before = self._sums.get(name, (0.0, 0, 0.0))
            self._sums[name] = (before[0] + seconds, before[1] + slices, before[2] + cpu)

    @contextmanager
    def of(self, name: str, slices: int = 0, *, libraries: bool = False) -> Iterator[None]:
        """Count the time inside to stage `name`.

        libraries: whether the threads of libraries work for it, and for nothing else meanwhile.
        """
        inner = [0.0, 0.0]
        self._open.stages.append(inner)
        start, used = time.perf_counter(), self._cpu(libraries)
        try:
            yield
        finally:
            self._open.stages.pop()
        seconds, cpu = time.perf_counter() - start, self._cpu(libraries) - used
        self.add(name, seconds - inner[0], slices, cpu - inner[1])
        if self._open.stages:
            outer = self._open.stages[-1]
            outer[0] += seconds
            outer[1] += cpu

    def _cpu(self, libraries: bool) -> float:
        if self._whole:
            return time.process_time()
        return time.thread_time() + (library_seconds() if libraries else 0.0)

    def timed(self, items: Iterable[T], name: str) -> Iterator[T]:
        """The same items; the time spent waiting for each counts to stage `name`."""
        source, start = iter(items), time.perf_counter()
        for item in source:
            self.add(name, time.perf_counter() - start)
            yield item
            start = time.perf_counter()

    def rows(self) -> list[Stage]:
        """All stages so far."""
        with self._lock:
            return [Stage(name, *sums) for name, sums in self._sums.items()]


class _Open(threading.local):
    """The stages that a thread is in, outermost first: seconds and CPU seconds of inner ones."""

    def __init__(self) -> None:
        self.stages: list[list[float]] = []


def joined(rows: Iterable[Stage]) -> list[Stage]:
    """Stages of one name as one, in the order in which they first came."""
    sums = Stages()
    for row in rows:
        sums.add(row.name, row.seconds, row.slices, row.cpu)
    return sums.rows()
