"""Files of one token: new ones, which their owner alone can read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from spgc.errors import DataError, UsageError


def write_token(path: Path, make: Callable[[], str]) -> None:
    """Write the token that `make` gives into a new file of mode 600.

    The file is made first: where it can't be, no token is. Raises UsageError where there is one of
    this name, DataError where it can't be written.
    """
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise UsageError(
            "there is a file of this name already", where=path, do="name another one"
        ) from error
    except OSError as error:
        raise DataError("can't write the token", where=path, found=error.strerror) from error
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(make() + "\n")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
