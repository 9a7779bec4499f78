"""Names that stand twice: columns of a table, keys of a JSON object."""

from __future__ import annotations

from collections.abc import Collection, Iterable


def first_double(names: Iterable[str], wanted: Collection[str] | None = None) -> str | None:
    """The first name that comes again, or None; with `wanted` only one of these.

    A reader takes one of the two without a word, and each reader its own. Names are compared as
    they are.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen and (wanted is None or name in wanted):
            return name
        seen.add(name)
    return None
