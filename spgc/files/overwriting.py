"""Overwriting: a file that spgc did not write is never replaced unless --force is given."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spgc.errors import UsageError
from spgc.files.foreign_names import folder_in, real_path
from spgc.files.regular import read_regular
from spgc.files.whole import check_writable

MARK = b"spgc"
"""In the metadata of every picture and page that spgc writes."""

ADVICE = "name another folder with --out, or remove this file"
"""What to do about a file of others where a command names its files itself."""

_PICTURES = (".png", ".svg", ".pdf")
"""Endings of files that hold the mark wherever spgc wrote them; tables and records may not."""

_LARGEST = 256 * 2**20


def check_target(
    path: Path, *, force: bool = False, inputs: Iterable[Path] = (), mark: bytes = MARK
) -> None:
    """Raise UsageError unless `path` may be written, DataError where its folder can't be.

    It may when nothing is there, when spgc wrote what is there (which holds the `mark`), and with
    `force`; never when it is a folder or one of the `inputs` of the command.
    """
    advice = "name another file, or remove this one" + ", or pass --force" * (mark == MARK)
    _check(path, advice, force=force, inputs=inputs, mark=mark)
    check_writable(real_path(path).parent)


def check_outputs(folder: Path, names: Iterable[str] = ()) -> None:
    """Raise an error, before any work, unless files of these names may be written into a folder.

    DataError where the folder can't be written to, or a link of such a name leads out of it;
    UsageError where it is no folder, a name is that of one, or a picture is none of spgc's.
    """
    place = real_path(folder)
    if place.exists() and not place.is_dir():
        raise UsageError("the folder to write to is a file", where=folder, do="name another folder")
    for name in names:
        path = folder_in(folder, name)
        _check(path, ADVICE, force=path.suffix not in _PICTURES)
    check_writable(place)


def _check(
    path: Path, advice: str, *, force: bool, inputs: Iterable[Path] = (), mark: bytes = MARK
) -> None:
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
            do=advice,
        )


def is_own(path: Path, mark: bytes = MARK) -> bool:
    """Whether a file holds the mark of what spgc writes there; an empty file counts as well."""
    try:
        return path.stat().st_size == 0 or (
            path.stat().st_size <= _LARGEST and mark in read_regular(path)
        )
    except OSError:
        return False
