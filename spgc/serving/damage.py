"""Damage in the file of a served challenge, as one error: its lines may hold anything then."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spgc.errors import DataError

_DAMAGE = (
    sqlite3.Error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""What comes of lines that are missing, or hold what spgc never writes."""


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """Raise DataError for what reading the file at `path` raises where it is damaged."""
    try:
        yield
    except _DAMAGE as error:
        raise DataError(
            "the file of the challenge is damaged",
            where=path,
            found=str(error)[:200] or type(error).__name__,
            do="go back to a copy (spgc serve backup)",
        ) from error
