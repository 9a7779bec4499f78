"""Settings of the C allocator that let freed memory be used again."""

from __future__ import annotations

import numpy as np

_LARGEST = 31 << 20
"""Bytes; glibc learns from what is freed up to 32 MiB."""


def keep_freed_memory() -> None:
    """Let arrays of some megabytes reuse what others have freed.

    glibc maps every array above a threshold on its own and gives it back when it is freed, so that
    the next one costs a page fault for each 4 KiB: a third of the time of a first scan. The
    threshold, 128 KiB at the start, rises to the largest block ever freed (mallopt(3),
    M_MMAP_THRESHOLD). Freeing one is all it takes; elsewhere it does nothing.
    """
    np.empty(_LARGEST, np.uint8)
