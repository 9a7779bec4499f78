"""Work done in advance in a thread: single results, and the next items of an iterator."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_END = object()


def prefetched(items: Iterable[T], ahead: int = 2, *, wait: bool = False) -> Iterator[T]:
    """The same items in the same order, with up to `ahead` made in advance.

    An error while making an item is raised when its turn comes. Stopping early stops the work
    after the item that is being made, for which nobody waits unless `wait`.
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
        pool.shutdown(wait=wait, cancel_futures=True)


_unfinished: set[threading.Thread] = set()


def begin(work: Callable[[], T], name: str) -> Future[T]:
    """Run `work` in a thread of that name; what it raises is raised where the result is asked for.

    The program ends when the work is done, or as `spgc` does, at once (`spgc.cli.process_end`). It
    must not be a daemon thread: Python ends those by force when they come back from C, and
    libraries in C++, such as torch, then abort the whole process.
    """
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:
            result.set_exception(error)
        finally:
            _unfinished.discard(thread)

    thread = threading.Thread(target=run, name=name)
    _unfinished.add(thread)
    thread.start()
    return result


def unfinished() -> bool:
    """Whether work that was begun is still going on."""
    return bool(_unfinished)
