"""Overwriting: a file that spgc did not write is never replaced unless --force is given."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spgc.errors import UsageError
from spgc.files.foreign_names import real_path
from spgc.files.regular import read_regular

MARK = b"spgc"
"""In the metadata of every picture and page that spgc writes."""

_LARGEST = 256 * 2**20


def check_target(
    path: Path, *, force: bool = False, inputs: Iterable[Path] = (), mark: bytes = MARK
) -> None:
    """Raise UsageError unless `path` may be written.

    It may when nothing is there, when spgc wrote what is there (which holds the `mark`), and with
    `force`; never when it is a folder or one of the `inputs` of the command.
    """
    place = real_path(path)  # new/../a.csv is not there by that name while `new` is missing
    if place.is_dir():
        raise UsageError("the file to write is a folder", where=path, do="name a file in it")
    if place.exists() and not place.is_file():
        raise UsageError(
            "the file to write is a device or a pipe", where=path, do="name another file to write"
        )
    if any(other.exists() and place.exists() and place.samefile(other) for other in inputs):
        raise UsageError(
            "the file to write is one that is read", where=path, do="name another file to write"
        )
    if place.exists() and not force and not is_own(place, mark):
        raise UsageError(
            "file exists and is none that spgc wrote, nothing written",
            where=path,
            do="name another file, or remove this one" + ", or pass --force" * (mark == MARK),
        )


def is_own(path: Path, mark: bytes = MARK) -> bool:
    """Whether a file holds the mark of what spgc writes there; an empty file counts as well."""
    try:
        return path.stat().st_size == 0 or (
            path.stat().st_size <= _LARGEST and mark in read_regular(path)
        )
    except OSError:
        return False
