"""Findings: what a check of a data folder found, as errors and doubts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FindingSeverity = Literal["error", "doubt"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong (`error`) or should be looked at (`doubt`).

    `cases` lists the case IDs when it is about several.
    """

    severity: FindingSeverity
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


def number(count: int, thing: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
