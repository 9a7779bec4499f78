"""Where the file of a served challenge lies, with its newest lines, while a process uses it."""

from __future__ import annotations

from pathlib import Path

from spgc.serving.desk import RequestError

NEWEST = "-wal"
"""End of the name of the file where SQLite keeps the newest lines."""

_Identity = tuple[int, int]


class StorageError(RequestError):
    """The file is damaged, locked, or its disk is full; nothing of the transaction is kept."""

    status = 503


class FilePlace:
    """The files that were found at a path first, and whether they are still there.

    SQLite goes on with files that have lost their names: what it stores there is found nowhere.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._beside = path.with_name(path.name + NEWEST)
        self._file = _identity(path)
        self._lines: _Identity | None = None

    def keep_lines(self) -> None:
        """Take the newest lines as they lie there now: a connection of this process has them open.

        Until it is closed no other process removes them or makes new ones.
        """
        self._lines = self._lines or _identity(self._beside)

    def forget_lines(self) -> None:
        """The connections of this process are closed: SQLite may have removed the newest lines."""
        self._lines = None

    def check(self) -> None:
        """Raise StorageError where one of the files was moved, removed or replaced."""
        here = _identity(self.path) == self._file
        if not here or self._lines not in (None, _identity(self._beside)):
            raise StorageError(
                "the file of the challenge was moved or replaced while it is in use",
                where=self.path if not here else self._beside,
                do="start again with the file that counts",
            )


def _identity(path: Path) -> _Identity | None:
    """Which file lies at `path`; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
