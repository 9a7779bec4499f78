"""Wall-clock seconds of a piece of work, once or the best of some rounds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

ROUNDS = 2


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds that `work` takes, and what it gives."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def best(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Seconds of the fastest of some rounds."""
    return min(timed(work)[0] for _ in range(rounds))
