"""Safe file names from a split, case ID or file name that came out of a data file.

Every name that a stranger may have written and that ends in a path goes through `place_in`, which
refuses whatever is more than a name, or through `name_for`, which makes a safe one of anything.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from spgc.errors import DataError
from spgc.text.unicode_form import composed

MAX_BYTES = 200
"""Longest name in UTF-8: file systems end at 255 bytes, and drafts and endings are added to it."""

_SEPARATORS = frozenset('/\\:*?"<>|')
"""Signs that separate paths, name a drive or stream, or can't stand in a name on Windows."""

_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\.|$)", re.IGNORECASE)
"""Devices of Windows, which an ending does not make harmless."""

_READABLE = 60
"""Signs of a name that `name_for` keeps for people where it has to change it."""


def place_in(folder: Path, *names: str, what: str = "name", where: object = None) -> Path:
    """The path of `names`, one below the other, in `folder`: the place of a file to write.

    `what` they name and `where` they were read are for the error. Raises DataError for anything
    that is no plain file name on every system, and where a link on the way leads out of `folder`.
    """
    for name in names:
        refuse_name(name, what, where)
    path = folder.joinpath(*names)
    _refuse_way_out(path.parent, folder)
    return path


def folder_in(folder: Path, *names: str) -> Path:
    """The path of a folder of ours in `folder`. Raises DataError where a link leads out of it."""
    path = folder.joinpath(*names)
    _refuse_way_out(path, folder)
    return path


def real_path(path: Path) -> Path:
    """Where a path leads, links followed; as far as it leads where links lead to each other.

    `Path.resolve` raises RuntimeError for these before Python 3.13.
    """
    return Path(os.path.realpath(path))


def _refuse_way_out(path: Path, folder: Path) -> None:
    if not real_path(path).is_relative_to(real_path(folder)):
        raise DataError(
            "a link leads out of the folder to write to",
            where=path,
            found=f"a link to {real_path(path)}",
            expected=f"a folder in {folder}",
            do="remove the link, or name the folder that it leads to",
        )


def refuse_name(name: str, what: str, where: object = None) -> None:
    """Raise DataError for a name that can't be that of a file in a folder, on every system."""
    if reason := _wrong(name):
        raise DataError(
            f"{what} can't be a file name",
            where=where if where is None else str(where),
            found=f"{_short(name)}, {reason}",
            expected="a plain name",
            do=f"give the {what} another name",
        )


def name_for(name: str, ending: str = "") -> str:
    """A file name that stands for `name`: itself with `ending` where that can be one, else made so.

    A changed name keeps what can be read of it and gets a digest, so that no two become one.
    """
    if not _wrong(name + ending) and not name.startswith("."):
        return name + ending
    return key_for(name) + ending


@lru_cache(1000)
def key_for(name: str) -> str:
    """A file name in plain ASCII that stands for `name` alone, on every file system.

    Escaped against "..", "/" and the like, cut to length, and with a digest, since some systems
    can't tell P001 from p001. For what is kept in a store; people's own files have `name_for`.
    """
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    readable = quote(name, safe="", errors="replace")[:_READABLE].replace(".", "%2E")
    return f"{readable}-{digest}"


def same_file_name(name: str) -> str:
    """A form in which names are equal that some file system takes for one."""
    return composed(name).casefold()


def _wrong(name: str) -> str | None:
    """Why a name can't be that of a file in a folder; None where it can."""
    if not name or set(name) <= {"."}:
        return "which names a folder" if name else "which is empty"
    if _SEPARATORS & set(name):
        return "a path or drive"
    if not name.isprintable():  # surrogates, which stand for bytes that are no UTF-8, are not
        return "with signs that can't be printed"
    if name != name.strip() or name.endswith("."):
        return "with a space or dot at its end"
    if _RESERVED.match(name):
        return "a device on Windows"
    length = len(name.encode())
    return f"{length} bytes long" if length > MAX_BYTES else None


def _short(name: str) -> str:
    return repr(name if len(name) <= _READABLE else f"{name[:_READABLE]}…")
