"""The one file of a served challenge: SQLite in WAL mode, to which lines are only added.

Triggers refuse every change and removal. A state, a token, a final answer is the newest line that
names it. The file holds the hidden labels: it is made readable for its owner alone.
"""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from spgc.errors import DataError, UsageError
from spgc.files.regular import check_regular
from spgc.files.whole import draft_folder, make_folder
from spgc.serving.file_place import NEWEST, FilePlace, StorageError
from spgc.serving.file_schema import schema, statements, tables

APPLICATION = 0x53504743
"""Mark of these files in their head (`PRAGMA application_id`): SPGC."""

FORMAT = 1

WAIT_SECONDS = 30.0
"""How long one process waits for another that is writing."""

_DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""SQLite quotes a damaged file in its errors, of which Python then can't make text."""

_OF_OURS = (sqlite3.IntegrityError, sqlite3.ProgrammingError)
"""Errors that are faults of the program, not of the file."""


class Database:
    """Connections to the file: as many as are in use at once, kept for the next to come."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._free: deque[sqlite3.Connection] = deque()
        _check(path)
        self._place = FilePlace(path)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the file throughout the block."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection that alone may write; what the block did is kept whole, or not at all.

        After the block it is on the disk.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        self._place.check()
        try:
            connection = self._free.pop()
        except IndexError:
            connection = connect(self.path)
        try:
            connection.execute(begin)
            yield connection
            self._place.keep_lines()
            self._place.check()
            connection.execute("COMMIT")
        except BaseException as error:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            if isinstance(error, _DAMAGE) and not isinstance(error, _OF_OURS):
                raise StorageError(
                    "the file of the challenge can't be used",
                    found=str(error),
                    expected="a whole file on a disk with room",
                ) from error
            raise
        finally:
            self._free.append(connection)

    def close(self) -> None:
        """Close all connections that are not in use."""
        while self._free:
            self._free.pop().close()
        self._place.forget_lines()


def connect(path: Path) -> sqlite3.Connection:
    """A connection without transactions of its own, which waits for others that write."""
    made = sqlite3.connect(
        path,
        timeout=WAIT_SECONDS,
        isolation_level=None,
        check_same_thread=False,  # one thread at a time has it
    )
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF"):
        made.execute(f"PRAGMA {pragma}")
    return made


def _check(path: Path) -> None:
    """Raise DataError unless `path` is a file that `create` made."""
    found = "no such file"
    with suppress(OSError):
        check_regular(path)
        try:
            with closing(connect(path)) as connection:
                mark = connection.execute("PRAGMA application_id").fetchone()[0]
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                made = statements(connection)
        except sqlite3.OperationalError as error:  # SQLite has to write beside a file to read it
            raise DataError(
                "the file of the challenge can't be used",
                where=path,
                found=str(error),
                expected="a file of your own, on a disk with room",
                do="free some room, or copy it to a folder that you may write to",
            ) from error
        except _DAMAGE as error:
            found = str(error)
        else:
            if (mark, version) != (APPLICATION, FORMAT):
                found = f"format {version}" if mark == APPLICATION else "a file of something else"
            elif not tables() <= made <= set(schema()):
                found = "other tables, triggers or views"
            else:
                return
    raise DataError(
        "this is no file of a served challenge",
        where=path,
        found=found,
        expected=f"what spgc serve init made, format {FORMAT}",
        do="name that file",
    )


@contextmanager
def create(path: Path) -> Iterator[sqlite3.Connection]:
    """A new file with empty tables, to be filled in the block; none is left where that fails.

    Raises UsageError where there is one already, DataError where none can be made.
    """
    make_folder(path.parent)
    what = "can't make the file of a challenge"
    with _new_file(path, what) as draft, closing(connect(draft)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in schema():
            connection.execute(statement)
        yield connection
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")


@contextmanager
def _new_file(path: Path, what: str) -> Iterator[Path]:
    """An empty file to be filled in the block, which then gets its name, whole or not at all.

    It lies in a folder of its own, with what SQLite keeps beside it: of several processes that
    make one file, one does, and the others raise UsageError. Raises DataError, which says `what`.
    """
    _refuse_present(path)
    try:
        with draft_folder(path.parent) as folder:
            draft = folder / "draft.db"
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            yield draft
            os.link(draft, path)  # unlike a renaming, never over another file
    except (OSError, *_DAMAGE) as error:
        if isinstance(error, FileExistsError):  # another process was faster
            _refuse_present(path)
        found = getattr(error, "strerror", None) or str(error)
        raise DataError(what, where=path, found=found) from error


_BESIDE = ("-journal", NEWEST, "-shm")
"""What SQLite keeps beside a file that is in use, or whose process was killed."""


def _refuse_present(path: Path) -> None:
    """Raise UsageError for a file that is there, and for what one has left that is gone.

    SQLite would take what stands in that for lines of the new one.
    """
    for left in (path.with_name(path.name + ending) for ending in _BESIDE):
        if os.path.lexists(left) and not os.path.lexists(path):
            raise UsageError(
                "what a file of this name has left would become part of the new one",
                where=left,
                expected="nothing beside a new file",
                do="name another one, or remove this",
            )
    if os.path.lexists(path):
        raise UsageError(
            "there is a file of this name already",
            where=path,
            expected="a new one: a served challenge is never written over",
            do="name another one",
        )


def backup(source: Path, target: Path) -> None:
    """Copy the file while it is in use, by SQLite's own backup; the copy is whole or not there.

    Raises UsageError where the copy would take another file's place, DataError where it can't be
    made.
    """
    _check(source)
    with (
        _new_file(target, "can't copy the file of a challenge") as draft,
        closing(connect(source)) as one,
        closing(sqlite3.connect(draft)) as other,
    ):
        one.backup(other)
