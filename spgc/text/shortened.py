"""Long lists in one line: the first few, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence

NAMED = 5
"""Items that a message lists before it says how many more there are."""


def some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
