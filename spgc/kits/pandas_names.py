"""Names that pandas reads as something else when it reads a column of them: numbers, or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MISSING = frozenset(
    ("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN")
) | frozenset(("<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"))
"""What `pandas.read_csv` takes for a missing value where it is told nothing."""

_BOOLEAN = re.compile(r"true|false", re.IGNORECASE)
_WHOLE = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)


def altered(names: Sequence[str]) -> str | None:
    """The first name of a column that pandas alters, or None where it keeps all of them.

    Numbers are altered where the whole column is numbers, and not all are whole ones as Python
    writes them.
    """
    for name in names:
        if name in _MISSING:
            return name
    if all(_BOOLEAN.fullmatch(name) for name in names):
        return next((name for name in names if name not in ("True", "False")), None)
    if all(map(_is_number, names)):
        return next((name for name in names if not _WHOLE.fullmatch(name)), None)
    return None


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True
