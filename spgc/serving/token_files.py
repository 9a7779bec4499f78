"""Files of one token: new ones, which their owner alone can read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from spgc.errors import UsageError
from spgc.files.whole import write_error


@contextmanager
def token_file(path: Path) -> Iterator[Callable[[str], None]]:
    """What writes a token into a new file of mode 600; that file goes where the block fails.

    It raises UsageError where there is one of this name, DataError where it can't be written.
    """
    made = False

    def write(token: str) -> None:
        nonlocal made
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            made = True
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(token + "\n")
        except FileExistsError as error:
            raise UsageError(
                "there is a file of this name already", where=path, do="name another one"
            ) from error
        except OSError as error:
            raise write_error(path, error) from error

    try:
        yield write
    except BaseException:
        if made:
            path.unlink(missing_ok=True)
        raise
