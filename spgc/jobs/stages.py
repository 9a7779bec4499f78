"""Time and slices per stage of a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Stage:
    """Seconds of work in one stage, summed over its threads or processes, and slices done in it."""

    name: str
    seconds: float
    slices: int = 0

    def as_dict(self) -> dict[str, Any]:
        """With slices per second, None where the stage has no slices."""
        rate = self.slices / self.seconds if self.slices and self.seconds else None
        return {
            "stage": self.name,
            "seconds": round(self.seconds, 3),
            "slices": self.slices,
            "slices_per_second": None if rate is None else round(rate, 2),
        }


class Stages:
    """Adds up stages in the order in which they first came; several threads may add."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: dict[str, tuple[float, int]] = {}

    def add(self, name: str, seconds: float, slices: int = 0) -> None:
        """Add to a stage."""
        with self._lock:
            before = self._sums.get(name, (0.0, 0))
            self._sums[name] = (before[0] + seconds, before[1] + slices)

    @contextmanager
    def of(self, name: str, slices: int = 0) -> Iterator[None]:
        """Count the time inside to stage `name`."""
        start = time.perf_counter()
        yield
        self.add(name, time.perf_counter() - start, slices)

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
