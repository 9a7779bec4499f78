"""Stray files that operating systems and viewers leave in folders, such as `.DS_Store`."""

from __future__ import annotations

_NAMES = frozenset({"thumbs.db", "desktop.ini", "dicomdir"})
"""In lower case."""


def is_stray(name: str) -> bool:
    """Whether a file of this name is left out without a word: `.DS_Store`, `DICOMDIR` and so on."""
    return name.startswith(".") or name.lower() in _NAMES
