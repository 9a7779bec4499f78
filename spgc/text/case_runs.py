"""Short lists of case IDs: consecutive numbers as first–last."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

SHORTEST = 3
"""Case IDs that make a run; two are named both."""

_NUMBERED = re.compile(r"(.*?)(\d{1,9})", re.DOTALL | re.ASCII)


def case_runs(case_ids: Iterable[str]) -> str:
    """Case IDs in the order given, three or more in a row as first–last: `P001, P005–P009`.

    In a row are those that count up by one with the same text before and as many digits.
    """
    parts: list[str] = []
    for _, run in groupby(enumerate(case_ids), lambda pair: _run(*pair)):
        names = [name for _, name in run]
        parts += names if len(names) < SHORTEST else [f"{names[0]}–{names[-1]}"]
    return ", ".join(parts)


def _run(place: int, name: str) -> tuple[str, int, int]:
    """Equal for neighbours of one run: what counts up by one keeps its distance to `place`."""
    match = _NUMBERED.fullmatch(name)
    if match is None:
        return name, 0, place
    return match.group(1), len(match.group(2)), int(match.group(2)) - place
