"""A team's token for a leaderboard server, in a file that its owner alone can read."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from spgc.errors import DataError
from spgc.files.json_documents import read_limited

MAX_TOKEN = 200


def read_token(path: Path) -> str:
    """The token in a file. Raises DataError for a file that others may read, or that holds none."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - as `check_regular`
        text = read_limited(path, MAX_TOKEN + 2).decode("ascii").strip()
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or "no token"
        raise DataError("token file can't be read", where=path, found=found) from error
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise DataError(
            "others may read this token file",
            where=path,
            found=f"mode {stat.S_IMODE(mode):03o}",
            expected="600",
            do=f"chmod 600 {path}",
        )
    check_token(text, path)
    return text


def check_token(text: str, where: Path | None = None) -> None:
    """Raise DataError for what can't be a token; it is never shown."""
    if not re.fullmatch(r"[!-~]+", text) or len(text) > MAX_TOKEN:
        raise DataError("this is no token", where=where, expected="one word, as it was handed out")
