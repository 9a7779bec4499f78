"""Opening regular files only, never pipes or devices, whatever a path leads to.

A named pipe, a socket or a device would wait for ever, or answer without end. Links are followed
where a file is read.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISCHR, "a device"),
)


def check_regular(path: Path) -> int:
    """The size of a regular file in bytes.

    Raises OSError, whose `strerror` says what the path is instead.
    """
    try:
        found = os.stat(path)  # noqa: PTH116 - one call for kind and size
    except FileNotFoundError:
        if path.is_symlink():
            raise FileNotFoundError(errno.ENOENT, "a link that leads nowhere", str(path)) from None
        raise
    _refuse(found.st_mode, path)
    return found.st_size


def open_regular(path: Path) -> BufferedReader:
    """A regular file, open to read bytes. Raises OSError as `check_regular` does."""
    check_regular(path)  # opening a device could do something already
    return open_checked(path)


def open_checked(path: Path) -> BufferedReader:
    """The same for a file that `check_regular` has just let through."""
    # Without waiting, should another file have taken its place in between.
    waits = getattr(os, "O_NONBLOCK", 0)
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | waits))  # noqa: SIM115
    try:
        _refuse(os.fstat(file.fileno()).st_mode, path)
    except OSError:
        file.close()
        raise
    return file


def read_regular(path: Path, most: int | None = None) -> bytes:
    """The bytes of a regular file, or its first `most`. Raises OSError as `check_regular` does."""
    size = check_regular(path)
    with open_checked(path) as file:
        if most is None:
            return file.read()
        # Room for what is there alone: making more takes longer than reading a small file.
        content = file.read(min(size, most) + 1)[:most]
        return content if len(content) <= size else content + file.read(most - len(content))


def append_regular(path: Path, content: bytes) -> None:
    """Add to the end of a regular file, made when it is not there; links are not followed.

    Raises OSError as `check_regular` does.
    """
    if path.is_symlink():
        raise OSError(errno.EINVAL, "a link, not a file", str(path))
    if is_listed(path):
        check_regular(path)  # a device would answer already when it is opened
    more = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    with open(path, "ab", opener=lambda name, flags: os.open(name, flags | more, 0o666)) as file:
        _refuse(os.fstat(file.fileno()).st_mode, path)
        file.write(content)


def is_folder(path: Path) -> bool:
    """Whether a path leads to a folder; False, unlike `Path.is_dir`, where nobody may look."""
    return os.path.isdir(path)  # noqa: PTH112


def is_listed(path: Path) -> bool:
    """Whether there is anything of this name, be it a link that leads nowhere."""
    return os.path.lexists(path)


def _refuse(mode: int, path: Path) -> None:
    if stat.S_ISREG(mode):
        return
    for is_kind, name in _KINDS:
        if is_kind(mode):
            raise OSError(errno.EINVAL, f"{name}, not a file", str(path))
