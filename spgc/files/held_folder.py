"""One command at a time in a folder: a lock of the file system, which ends with its process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spgc.files.whole import make_folder
from spgc.text.printable import printable


@contextmanager
def held_folder(folder: Path, say: Callable[[str], object]) -> Iterator[None]:
    """Alone in `folder`, which is made, among all that hold it; gone at the end if it is empty.

    Another process that holds it is waited for, and `say` gets a line about it. Where the file
    system has no such locks (some network file systems, Windows) nobody is held back. Raises
    DataError where the folder can't be made.
    """
    new = not folder.is_dir()
    descriptor = _locked(folder, say)
    try:
        yield
    finally:
        if new:
            with suppress(OSError):  # it holds something now
                folder.rmdir()
        if descriptor is not None:
            os.close(descriptor)


def _locked(folder: Path, say: Callable[[str], object]) -> int | None:
    """The folder, opened and locked; None where that can't be had."""
    if sys.platform == "win32":
        make_folder(folder)
        return None
    while True:
        make_folder(folder)
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except OSError:
            return None
        try:
            _lock(descriptor, folder, say)
            if os.path.samestat(os.fstat(descriptor), folder.stat()):
                return descriptor
        except FileNotFoundError:
            pass  # removed while it was waited for
        except OSError:
            return descriptor  # without a lock
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock(descriptor: int, folder: Path, say: Callable[[str], object]) -> None:
    """Raises OSError where the file system has no locks."""
    import fcntl  # Windows has none

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say(f"another command is writing to {printable(str(folder))}: waiting until it has ended")
        fcntl.flock(descriptor, fcntl.LOCK_EX)
