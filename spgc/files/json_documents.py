"""Reading JSON files of bounded size and depth, with one kind of error for whatever is wrong.

Python's own reader raises RecursionError for deep nesting, takes a file of any size, waits for
ever on a pipe, and takes the last of two values under one key, where other readers take the first.
Here all of that is a ValueError, which callers turn into an error of their own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spgc.files.doubles import first_double
from spgc.files.regular import read_regular

MAX_BYTES = 64 * 2**20
"""Far above every document that spgc writes (a model's XGBoost trees: some 5 MB)."""

MAX_FACTS = 16 * 2**20
"""Of what stands beside a model or a stored scan: 100,000 unlabelled scans by case ID are 2 MB."""

MAX_RECORD = 16 * 2**20
"""Of what stands beside a submission or a team's published answers: a shard's names all cases."""

MAX_DEPTH = 64
"""Lists and objects within each other; documents of spgc have 10 at most."""

MAX_PARTS = 2**20
"""Lists and objects in all, by their brackets: some millions of empty ones, 16 MB, take ten seconds
each time that they are read. A hundred thousand cases with five each stay below."""


_NESTED = frozenset({list, dict})
"""Types of a document's parts that have parts."""


def read_json(path: Path, max_bytes: int = MAX_BYTES) -> Any:
    """The document in a file.

    Raises OSError when it can't be read or is no regular file, ValueError when it is larger than
    `max_bytes`, not JSON in UTF-8, too deep, or gives a key twice.
    """
    return parse_json(read_limited(path, max_bytes))


def read_limited(path: Path, max_bytes: int) -> bytes:
    """A regular file's content. Raises OSError, and ValueError when it is larger than that."""
    content = read_regular(path, max_bytes + 1)
    if len(content) > max_bytes:
        raise ValueError(f"more than {max_bytes} bytes")
    return content


def parse_json(content: bytes | str) -> Any:
    """The document in a text.

    Raises ValueError when it is not JSON in UTF-8, too deep, has too many parts, or gives a key
    twice in one object.
    """
    text = content.decode("utf-8") if isinstance(content, bytes) else content
    if text.count("[") + text.count("{") > MAX_PARTS:
        raise ValueError(f"more than {MAX_PARTS} lists and objects")
    try:
        document = json.loads(text, object_pairs_hook=without_doubles)
    except RecursionError:
        raise ValueError(f"more than {MAX_DEPTH} levels") from None
    if _deep(document):
        raise ValueError(f"more than {MAX_DEPTH} levels")
    return document


def is_writable(document: object) -> bool:
    """Whether a document can be written as JSON that every reader takes.

    Python's reader lets half of a sign in a text through, which is no UTF-8, and NaN as a number.
    """
    try:
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except ValueError:
        return False
    return True


def without_doubles(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object of its pairs. Raises ValueError when two of them have one key."""
    document = dict(pairs)
    if len(document) < len(pairs):
        twice = first_double(key for key, _ in pairs) or ""
        raise ValueError(f"key {twice[:40]!r} stands twice")
    return document


def _deep(document: object) -> bool:
    """Whether lists and objects lie more than `MAX_DEPTH` deep in each other."""
    level: list[Any] = [document] if type(document) in _NESTED else []
    for _ in range(MAX_DEPTH + 1):
        inner: list[Any] = []
        for part in level:
            values = part.values() if isinstance(part, dict) else part
            if not _NESTED.isdisjoint(map(type, values)):  # fast for long lists of numbers
                inner.extend(values)
        level = [part for part in inner if type(part) in _NESTED]
        if not level:
            return False
    return True
