"""Short lists of case IDs: consecutive numbers as first–last."""

from __future__ import annotations

import re
from collections.abc import Iterable

SHORTEST = 3
"""Case IDs that make a run; two are named both."""

_NUMBERED = re.compile(r"(.*?)(\d{1,9})", re.DOTALL | re.ASCII)


def case_runs(case_ids: Iterable[str]) -> str:
    """Case IDs in the order given, three or more in a row as first–last: `P001, P005–P009`.

    In a row are those that count up by one with the same text before, and as many digits where
    zeros fill them up.
    """
    runs: list[list[str]] = []
    for name in case_ids:
        if runs and _follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    parts: list[str] = []
    for run in runs:
        parts += run if len(run) < SHORTEST else [f"{run[0]}–{run[-1]}"]
    return ", ".join(parts)


def _follows(one: str, two: str) -> bool:
    first, second = _NUMBERED.fullmatch(one), _NUMBERED.fullmatch(two)
    if first is None or second is None or first[1] != second[1]:
        return False
    filled = len(first[2]) != len(second[2]) and "0" in (first[2][0], second[2][0])
    return not filled and int(second[2]) == int(first[2]) + 1
