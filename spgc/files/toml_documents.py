"""Reading TOML files of bounded size, in bounded time.

The time that Python's reader takes for a key of many parts (`a.b.c`) grows by the square of their
number: minutes for a file of 256 KB.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from spgc.files.json_documents import read_limited

MAX_DOTS = 100
"""Dots of one line that stand in no text or comment: a number has one, a key a few."""

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')


def read_toml(path: Path, max_bytes: int) -> dict[str, Any]:
    """The document in a file.

    Raises OSError when it can't be read or is no regular file, RecursionError, and ValueError
    (tomllib.TOMLDecodeError) when it is larger than `max_bytes` or no TOML in UTF-8.
    """
    return parse_toml(read_limited(path, max_bytes).decode("utf-8"))


def parse_toml(text: str) -> dict[str, Any]:
    """The document in a text. Raises RecursionError and ValueError as `read_toml` does."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MAX_DOTS and _dots(line) > MAX_DOTS:
            raise tomllib.TOMLDecodeError(f"more than {MAX_DOTS} dots (at line {number})")
    return tomllib.loads(text)


def _dots(line: str) -> int:
    return _QUOTED.sub("", line).partition("#")[0].count(".")
