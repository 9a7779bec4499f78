"""One thing that a check found, and case IDs told in few words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

Severity = Literal["error", "doubt"]

_NUMBERED = re.compile(r"(.*?)(\d{1,9})")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong (`error`) or should be looked at (`doubt`).

    `cases` lists the case IDs when it is about several.
    """

    severity: Severity
    where: str
    what: str
    cases: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        return {
            "severity": self.severity,
            "where": self.where,
            "what": self.what,
            "cases": list(self.cases),
        }


def spans(case_ids: Iterable[str]) -> str:
    """Case IDs in order, runs of three or more as first–last: `P001, P005–P009`."""
    parts: list[str] = []
    for _, run in groupby(enumerate(sorted(case_ids)), lambda pair: _run_key(*pair)):
        names = [name for _, name in run]
        parts += names if len(names) < 3 else [f"{names[0]}–{names[-1]}"]
    return ", ".join(parts)


def _run_key(place: int, name: str) -> tuple[str, int, int]:
    match = _NUMBERED.fullmatch(name)
    if match is None:
        return name, 0, place
    return match.group(1), len(match.group(2)), int(match.group(2)) - place


def some(names: Sequence[str]) -> str:
    """The first three names."""
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def number(count: int, thing: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
