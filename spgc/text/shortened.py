"""Shortened lists: the first few items, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence

NAMED, FEW = 5, 3
"""Items that a message lists before it says how many more there are; fewer within a sentence."""


def some(names: Sequence[str], shown: int = NAMED, between: str = ", ") -> str:
    """The first `shown` names with `between` between them, and how many more there are."""
    rest = len(names) - shown
    return between.join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")


def and_more(count: int, what: str) -> str:
    """` (and 2 more problems)` after the first one; nothing where that is all."""
    return f" (and {count:,} more {what}{'s' * (count > 1)})" if count else ""
