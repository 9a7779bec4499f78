"""Zip archives, read in memory: nothing is unpacked, so no member can escape to the disk."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from spgc.errors import SeriesError
from spgc.stray import is_stray

MAX_BYTES = 4 * 2**30
"""Unpacked size beyond which an archive is refused: a scan takes some 0.5 MB a slice."""

_NOT_SCANS = "__MACOSX"


def is_archive(path: Path) -> bool:
    """Whether a path is a zip archive, by its name."""
    return path.suffix.lower() == ".zip" and not path.is_dir()


def members(archive: Path) -> Iterator[tuple[Path, BytesIO]]:
    """The files of an archive by name, whichever folder inside they lie in.

    Each comes with the name by which errors call it: the archive's and its own last part.
    Raises SeriesError for a damaged or encrypted archive and for one that unpacks to too much.
    """
    try:
        with ZipFile(archive) as opened:
            infos = [info for info in opened.infolist() if _is_file(info)]
            _check_size(archive, sum(info.file_size for info in infos))
            for info in sorted(infos, key=lambda info: info.filename):
                yield archive / _plain_name(info.filename), BytesIO(opened.read(info))
    except (BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError, OSError) as error:
        raise SeriesError(
            "can't read zip archive",
            where=archive,
            found=_reason(error),
            expected="a complete zip archive without a password",
            do="copy or pack the archive again",
        ) from error


def _is_file(info: ZipInfo) -> bool:
    if not info.filename:  # zipfile itself stumbles over it
        raise BadZipFile
    inside = _NOT_SCANS not in PurePosixPath(info.filename).parts
    return inside and not info.is_dir() and not is_stray(_plain_name(info.filename))


def _plain_name(name: str) -> str:
    """The last part of a member's name, printable: never a way out of the archive's own path."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c if c.isprintable() else "?" for c in last) or "?"


def _check_size(archive: Path, size: int) -> None:
    if size > MAX_BYTES:
        raise SeriesError(
            "zip archive unpacks to too much",
            where=archive,
            found=f"{size / 2**30:.1f} GiB",
            expected=f"one scan, at most {MAX_BYTES / 2**30:g} GiB",
            do="pack each scan into an archive of its own",
        )


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, RuntimeError) and "password" in str(error):
        return "an encrypted archive"
    return f"a damaged archive ({type(error).__name__})"
