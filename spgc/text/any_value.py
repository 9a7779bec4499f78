"""Any value as text: what programs hand over may be nothing that Python can write out."""

from __future__ import annotations

from collections.abc import Callable


def written(value: object, write: Callable[[object], str] = str) -> str:
    """`value` as `write` writes it: `str`, or `repr` for an error.

    Python writes no whole number of more than 4,300 digits: its type stands for it.
    """
    try:
        return write(value)
    except ValueError:
        return f"{type(value).__name__} with too many digits"
