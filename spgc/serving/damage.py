"""Damage in the file of a served challenge, as one error: its lines may hold anything then."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from spgc.errors import DataError
from spgc.serving.desk import RequestError
from spgc.serving.file_place import StorageError
from spgc.text.command_lines import command_line

_log = logging.getLogger(__name__)

_DAMAGE = (
    sqlite3.Error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""What comes of lines that are missing, or hold what spgc never writes."""


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """Raise DataError for what reading the file at `path` raises where it is damaged."""
    try:
        yield
    except _DAMAGE as error:
        raise DataError(
            "the file of the challenge is damaged",
            where=path,
            found=str(error)[:200] or type(error).__name__,
            do="go back to a copy (spgc serve backup)",
        ) from error


class DamageWatch:
    """What requests make of a file that was damaged while it is served.

    check: raises DataError where the file at `path` is damaged.
    """

    def __init__(self, path: Path, check: Callable[[], None]) -> None:
        self._path, self._check = path, check
        self._told = False

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Raise StorageError for what comes of damage, without a word of what the file holds.

        Whoever runs the server gets one line, the first time. Errors while the file is whole are
        the program's own, and stay.
        """
        try:
            yield
        except RequestError:
            raise
        except (DataError, *_DAMAGE) as error:
            if not isinstance(error, DataError) and self._is_whole():
                raise
            if not self._told:
                self._told = True
                audit = command_line("spgc", "serve", "audit", self._path)
                _log.error("%s is damaged: %s says what is wrong", self._path, audit)
            raise StorageError(
                "the file of the challenge can't be used",
                expected="a whole file",
                do="tell the organisers: spgc serve audit says what is wrong",
            ) from error

    def _is_whole(self) -> bool:
        try:
            self._check()
        except (DataError, StorageError):
            return False
        return True
