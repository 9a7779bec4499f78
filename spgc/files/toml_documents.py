"""Reading TOML files of bounded size, in bounded time.

The time that Python's reader takes for a key of many parts (`a.b.c`) grows by the square of their
number: minutes for a file of 256 KB. It takes whole numbers of any length in hexadecimal, which
Python then refuses to print.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from spgc.files.json_documents import read_limited

MAX_DOTS = 100
"""Dots of one line that stand in no text or comment: a number has one, a key a few."""

MAX_WHOLE = 2**63
"""Whole numbers lie below it, as TOML says."""

_NO_KEYS = re.compile(
    r'"""(?:[^"\\]+|\\.|"(?!""))*(?:"{3,5}|\Z)'
    r"|'''(?:[^']+|'(?!''))*(?:'{3,5}|\Z)"
    r'|"(?:[^"\\\n]+|\\[^\n])*(?:["\n\\]|\Z)'
    r"|'[^'\n]*(?:['\n]|\Z)"
    r"|#[^\n]*",
    re.DOTALL,
)
"""Texts and comments; an open one ends where Python's reader stops, so that none is tried twice."""


def read_toml(path: Path, max_bytes: int) -> dict[str, Any]:
    """The document in a file.

    Raises OSError when it can't be read or is no regular file, RecursionError, and ValueError
    (tomllib.TOMLDecodeError) when it is larger than `max_bytes` or no TOML in UTF-8.
    """
    return parse_toml(read_limited(path, max_bytes).decode("utf-8"))


def parse_toml(text: str) -> dict[str, Any]:
    """The document in a text. Raises RecursionError and ValueError as `read_toml` does."""
    if text.count(".") > MAX_DOTS:
        _refuse_long_keys(text)
    document = tomllib.loads(text)
    _refuse_long_numbers(document)
    return document


def _refuse_long_keys(text: str) -> None:
    bare = _NO_KEYS.sub(lambda found: "\n" * found.group().count("\n"), text)
    for number, line in enumerate(bare.split("\n"), start=1):
        if line.count(".") > MAX_DOTS:
            raise tomllib.TOMLDecodeError(f"more than {MAX_DOTS} dots (at line {number})")


def _refuse_long_numbers(document: dict[str, Any]) -> None:
    parts: list[Any] = [document]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            parts.extend(part.values())
        elif isinstance(part, list):
            parts.extend(part)
        elif isinstance(part, int) and not -MAX_WHOLE <= part < MAX_WHOLE:
            raise tomllib.TOMLDecodeError("a whole number of more than 64 bits")
