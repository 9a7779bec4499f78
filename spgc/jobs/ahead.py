"""Work done ahead of need in a thread: an iterator's next items, all its items, or one result."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from enum import Enum
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

T = TypeVar("T")


class _Mark(Enum):
    """Stands where there are no more items."""

    END = 0


_END: Final = _Mark.END

_LOOK = 0.2
"""Seconds between looks at whether the work was called off."""


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
            yield item
    finally:
        pool.shutdown(wait=wait, cancel_futures=True)


class AllAhead(Generic[T]):
    """All items of a generator, made ahead without bound, in a thread of that name.

    Made within the `with` block, for items that other processes make: none of these waits until
    one is used. Leaving the block calls the rest off, and waits for the item that is being made
    and for the generator to close; Ctrl-C can't wait for that. `make` gives the generator, in the
    thread; what it or the generator raises is raised where the items are used.
    """

    def __init__(self, make: Callable[[], Generator[T, None, None]], name: str) -> None:
        self._make = make
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._called_off = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._called_off.set()
        if not isinstance(error, KeyboardInterrupt):
            self._thread.join()

    def _work(self) -> None:
        try:
            with closing(self._make()) as items:
                for item in items:
                    self._queue.put((item, None))
                    if self._called_off.is_set():
                        break
            self._queue.put((_END, None))
        except BaseException as error:
            self._queue.put((_END, error))

    def __iter__(self) -> Iterator[T]:
        """The items that were not given out yet; ends early once the work was called off."""
        while not self._called_off.is_set():
            try:
                item, error = self._queue.get(timeout=_LOOK)
            except queue.Empty:
                continue
            if item is _END:
                self._queue.put((item, error))  # for whoever asks again
                if error is not None:
                    raise error
                return
            yield item


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
    try:
        thread.start()
    except RuntimeError:  # the system has no more threads: nothing goes on
        _unfinished.discard(thread)
        raise
    return result


def lacks_threads(error: BaseException | None) -> bool:
    """Whether an error, or one behind it, says that the system has no more threads.

    Python says so by a RuntimeError, where other shortages are an OSError.
    """
    while error is not None:
        if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def unfinished() -> bool:
    """Whether work that was begun is still going on."""
    return bool(_unfinished)
