"""Limits of a baseline: patients that may be lost, least right by class, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spgc.scoring.counts import Confusion

LOST_REASON = "fitting is repeatable: one patient fewer is a real change"
P_REASON = "5 % level of the exact paired test, two-sided"
FLOOR_REASON = "one patient below the baseline: no class is given up for accuracy"
SLOWER_REASON = "timings on shared machines differ by some ten per cent from run to run"

SLOWER = 1.5
"""Factor from which a stage counts as slower."""


@dataclass(frozen=True)
class Limit:
    """A number and why it was chosen."""

    value: float
    reason: str

    def as_dict(self) -> dict[str, Any]:
        return {"value": self.value, "reason": self.reason}


@dataclass(frozen=True)
class Thresholds:
    """When a comparison fails.

    lost: most patients that may be lost net; p: exact paired p below which a loss fails whatever
    `lost` says; floors: least right answers by class; slower: most times slower than the baseline.
    """

    lost: Limit
    p: Limit
    floors: Mapping[str, Limit]
    slower: Limit

    def as_dict(self) -> dict[str, Any]:
        return {
            "lost": self.lost.as_dict(),
            "p": self.p.as_dict(),
            "floors": {name: limit.as_dict() for name, limit in self.floors.items()},
            "slower": self.slower.as_dict(),
        }


def default_thresholds(confusion: Confusion, classes: Sequence[str], lost: int = 0) -> Thresholds:
    """Limits for a new baseline with these right answers; a person may edit them in its file."""
    floors = {
        name: Limit(max(rate.hits - 1, 0), FLOOR_REASON)
        for i, name in enumerate(classes)
        if (rate := confusion.sensitivity(i)).total
    }
    return Thresholds(
        Limit(lost, LOST_REASON), Limit(0.05, P_REASON), floors, Limit(SLOWER, SLOWER_REASON)
    )


def thresholds_from(document: Mapping[str, Any], classes: Sequence[str]) -> Thresholds:
    """What `Thresholds.as_dict` wrote. Raises ValueError, KeyError or TypeError otherwise."""
    floors = {name: _limit(part) for name, part in document["floors"].items()}
    if unknown := set(floors) - set(classes):
        raise ValueError(f"floors of unknown classes: {sorted(unknown)}")
    return Thresholds(
        _limit(document["lost"]), _limit(document["p"]), floors, _limit(document["slower"])
    )


def _limit(part: Mapping[str, Any]) -> Limit:
    value = part["value"]
    if not isinstance(value, int | float) or isinstance(value, bool) or not value >= 0:
        raise ValueError(f"a limit is no number from 0 up: {value!r}")
    return Limit(value, str(part["reason"]))
