"""Work that a thread begins before its result is wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

_unfinished: set[threading.Thread] = set()


def begin(work: Callable[[], T], name: str) -> Future[T]:
    """Run `work` in a thread of that name; what it raises is raised where the result is asked for.

    The program ends when the work is done, or as `spgc` does, at once (`spgc.cli.leaving`). It must
    not be a daemon thread: Python ends those by force when they come back from C, and libraries
    in C++, such as torch, then abort the whole process.
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
