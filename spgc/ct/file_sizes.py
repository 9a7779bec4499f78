"""Sizes of the files of a stored entry: the quickest sign that one is missing, cut or too many."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path


def file_sizes(arrays: Path) -> dict[str, int]:
    """Bytes of each file below a folder, by its path within it: one look at each.

    Raises OSError where one can't be looked at.
    """
    found: dict[str, int] = {}
    waiting = [""]
    while waiting:
        below = waiting.pop()
        for entry in _listed(f"{arrays}/{below}"):
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{below}{entry.name}/")
            elif (size := _file_size(entry)) is not None:
                found[below + entry.name] = size
    return {name: found[name] for name in sorted(found, key=lambda name: name.split("/"))}


def _listed(folder: str) -> list[os.DirEntry[str]]:
    """What lies in a folder; nothing where there is none, or nobody may look."""
    found: list[os.DirEntry[str]] = []
    with (
        suppress(PermissionError, FileNotFoundError, NotADirectoryError),
        os.scandir(folder) as entries,
    ):
        found.extend(entries)
    return found


def _file_size(entry: os.DirEntry[str]) -> int | None:
    """Bytes of a file, links followed; None for what is none, such as a link that leads nowhere."""
    try:
        found = entry.stat()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return None
        raise
    return found.st_size if stat.S_ISREG(found.st_mode) else None
