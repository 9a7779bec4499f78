"""Work ahead in a thread: the next items are made while the last one is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_END = object()


def prefetched(items: Iterable[T], ahead: int = 2) -> Iterator[T]:
    """The same items in the same order, with up to `ahead` made in advance.

    An error while making an item is raised when its turn comes. Stopping early stops the work
    after the item that is being made, for which nobody waits.
    """
    source = iter(items)
    # One thread makes one item at a time, so the iterator is never entered twice.
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="prefetch")
    waiting = [pool.submit(next, source, _END) for _ in range(ahead)]
    try:
        while (item := waiting.pop(0).result()) is not _END:
            waiting.append(pool.submit(next, source, _END))
            yield item  # type: ignore[misc]  # mypy can't tell the mark from an item
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
