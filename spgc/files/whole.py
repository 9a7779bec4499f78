"""Atomic writing: a file is whole or not there; and names that a file can have."""

from __future__ import annotations

import atexit
import errno
import functools
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from spgc.errors import DataError, DiskFullError
from spgc.files.drafts import is_dead, last_change
from spgc.files.regular import check_regular

DEAD_PART_SECONDS = 3600
"""A draft this long untouched is one of a killed process: writing one takes seconds."""

_PART = re.compile(
    r"\.[0-9a-f]{32}\.(?:part|xml|bin)|\..+\.[0-9a-f]{8}\.part|\.draft-[a-z0-9_]{8}", re.DOTALL
)
"""Names of drafts, those of `draft_name` and those that earlier versions gave."""

_FULL = (errno.ENOSPC, errno.EDQUOT)


def write_text(path: Path, text: str) -> None:
    """Write a text file so that a reader sees the old one or the whole new one, never a part.

    Raises DataError also for a text that is none in UTF-8 (half of a sign).
    """
    write_bytes(path, encoded(path, text))


def write_together(texts: Mapping[Path, str]) -> None:
    """Write several text files in their order, so that old and new ones never lie side by side.

    All are written as drafts before the first takes its place, and old ones go before that. Old
    drafts of killed processes go as well.
    Raises DataError and DiskFullError; then all is as it was, but for a disk that fails in between.
    """
    contents = {path: encoded(path, text) for path, text in texts.items()}
    with ExitStack() as drafts:
        ready = {path: drafts.enter_context(_draft_of(path)) for path in contents}
        for path, draft in ready.items():
            with _named_errors(path):
                draft.write_bytes(contents[path])
        for path in list(ready)[1:]:
            with _named_errors(path):
                path.unlink(missing_ok=True)
        for path, draft in ready.items():
            with _named_errors(path):
                draft.replace(path)
    for folder in {path.parent.absolute() for path in contents}:
        _sweep_once(folder)


def encoded(path: Path, text: str) -> bytes:
    """A text in UTF-8. Raises DataError, naming the file, for a text that has no such form."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        found = text[error.start : error.start + 1]
        raise DataError("can't write text", where=path, found=f"{found!r} in it") from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the whole new one, never a part.

    Raises DataError when the place can't be written to, DiskFullError when it is full.
    """
    with whole_file(path) as draft:
        draft.write_bytes(content)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A draft beside `path` that takes its place when the block ends well, and goes otherwise.

    Several processes may write the same file; one of them wins. Old drafts of killed processes go
    as well. Raises DataError when the place can't be written to, DiskFullError when it is full.
    """
    with _draft_of(path) as draft, _named_errors(path):
        yield draft
        draft.replace(path)
    _sweep_once(path.parent.absolute())


@contextmanager
def _draft_of(path: Path) -> Iterator[Path]:
    """A place for a draft in the folder of `path`, which is made; gone at the end."""
    draft = path.with_name(draft_name())
    with _removed(draft):
        with _named_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                check_regular(path)  # a draft would take the place of a device or pipe
        yield draft


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise write_error(path, error) from error


_unfinished: dict[Path, int] = {}
"""Drafts that may be there, and the process that writes each."""


@contextmanager
def _removed(draft: Path) -> Iterator[None]:
    """At the end of the block the file is gone: at the latest when the process ends.

    A signal to stop may strike in the very line that removes it.
    """
    _remove_at_exit()
    _unfinished[draft.absolute()] = os.getpid()
    try:
        yield
    finally:
        _remove(draft)
        _unfinished.pop(draft.absolute(), None)


@contextmanager
def draft_folder(around: Path) -> Iterator[Path]:
    """A hidden folder in the folder `around` for work in the making; gone at the end.

    Its owner alone can look into it. Old drafts of killed processes go as well. Raises OSError.
    """
    sweep_drafts(around)
    draft = around / draft_name()
    with _removed(draft):
        draft.mkdir(0o700)
        yield draft


def _remove(draft: Path) -> None:
    """Remove a file or folder; what went wrong before must not be hidden by this."""
    with suppress(OSError):
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        else:
            draft.unlink(missing_ok=True)


@functools.cache
def _remove_at_exit() -> None:
    atexit.register(_remove_unfinished)


def _remove_unfinished() -> None:
    own = [draft for draft, process in _unfinished.items() if process == os.getpid()]
    for draft in own:
        _remove(draft)


def make_folder(path: Path) -> None:
    """Make a folder, with those above it, unless it is there. Raises DataError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(path, error) from error


def remove_file(path: Path) -> None:
    """Remove a file if it is there. Raises DataError for what can't be removed, a folder say."""
    with _named_errors(path):
        path.unlink(missing_ok=True)


def check_writable(folder: Path) -> None:
    """Raise DataError unless a file can be made in a folder, or in the nearest one above it.

    Tried with an empty file: what a system says of its rights is not always so.
    """
    there = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    with _named_errors(folder):  # without a name where it can be: a kill leaves nothing behind
        tempfile.TemporaryFile(prefix=".draft-", dir=there).close()


def draft_name(ending: str = "part") -> str:
    """A new name for a file in the making: hidden, and known to `sweep_drafts`."""
    return f".{uuid.uuid4().hex}.{ending}"


def is_draft(path: Path) -> bool:
    """Whether this is the name of a file in the making."""
    return _PART.fullmatch(path.name) is not None


def sweep_drafts(folder: Path) -> None:
    """Remove what killed processes left half-made in `folder`, by the clock of its file system.

    Only files and folders with a draft's name in which nothing was touched for an hour; nothing
    happens where that can't be done.
    """
    with suppress(OSError):
        drafts = [path for path in folder.iterdir() if is_draft(path)]
        if not drafts:
            return
        now = file_system_clock(folder)
        for draft in drafts:
            with suppress(OSError):  # another process may be at it as well
                if draft.is_symlink() or not is_dead(last_change(draft), now, DEAD_PART_SECONDS):
                    continue
                if draft.is_dir():
                    shutil.rmtree(draft)
                elif draft.is_file():
                    draft.unlink()


def file_system_clock(folder: Path) -> float:
    """The time by the clock that dates files in `folder`. Raises OSError where none can be made."""
    probe = folder / draft_name()
    with _removed(probe):
        probe.touch()
        return probe.stat().st_mtime


@functools.cache
def _sweep_once(folder: Path) -> None:
    sweep_drafts(folder)


def write_error(path: Path, error: OSError) -> DataError:
    """What to raise when `path` can't be written: a full disk is an error of its own kind."""
    if error.errno in _FULL:
        return DiskFullError(
            "no space left to write to",
            where=path,
            found=_free(path),
            do="free some space, or name a folder on another disk; finished work is kept",
        )
    return DataError("can't write file", where=path, found=error.strerror or str(error))


def _free(path: Path) -> str:
    """`0.3 MB free (No space left on device)`."""
    place = next((p for p in (path, *path.parents) if p.is_dir()), path)
    with suppress(OSError):
        return f"{shutil.disk_usage(place).free / 1e6:.1f} MB free (No space left on device)"
    return "No space left on device"
