"""Freed memory: let it be used again, or give it back to the system."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from functools import cache

import numpy as np

_LARGEST = 31 << 20
"""Bytes; glibc learns from what is freed up to 32 MiB."""


@cache
def keep_freed_memory() -> None:
    """Let arrays of some megabytes reuse what others have freed, from the first call on.

    glibc maps every array above a threshold on its own and gives it back when it is freed, so that
    the next one costs a page fault for each 4 KiB: a third of the time of a first scan. The
    threshold, 128 KiB at the start, rises to the largest block ever freed (mallopt(3),
    M_MMAP_THRESHOLD). Freeing one is all it takes; elsewhere, and where MALLOC_TRIM_THRESHOLD_ or
    its like are set, as Dask does for its workers, it does nothing.
    """
    np.empty(_LARGEST, np.uint8)


def give_freed_memory_back() -> None:
    """Collect what nothing refers to and return it to the system (glibc's malloc_trim).

    Between two large pieces of work; elsewhere than with glibc it only collects.
    """
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
