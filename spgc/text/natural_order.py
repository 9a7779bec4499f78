"""The order of names as people count: case 10 after case 9."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(\d{1,18})")


def natural_order(text: str) -> list[tuple[int, str]]:
    """A key to sort names by, with the numbers in them as numbers."""
    # Digits alone: `isdigit` is true of signs such as a raised 2, which are no number.
    parts = _NUMBER.split(text)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
