"""Compare a figure with the paper's: the difference in slices or scans, and its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spgc.paper.printed_numbers import Published
from spgc.scoring.counts import Rate
from spgc.scoring.intervals import CONFIDENCE, Interval

RESAMPLES = 2000
"""Draws of whole scans for an interval over slices."""


@dataclass(frozen=True)
class Compared:
    """One figure of a table.

    `name` is a backbone or "all four"; `measure` "accuracy" or a class; `classifier` that of
    Table 5. `paper` is None where it prints no such figure, `interval` where we have no case.
    """

    name: str
    measure: str
    ours: Rate
    interval: Interval | None
    paper: Published | None = None
    classifier: str | None = None

    @property
    def points(self) -> float | None:
        """Ours less the paper's in percentage points."""
        if self.paper is None or self.ours.value is None:
            return None
        return 100 * (self.ours.value - self.paper.share)

    @property
    def more(self) -> float | None:
        """Cases that we have right beyond the paper's share of our cases."""
        return self._beyond(self.ours.value)

    @property
    def more_interval(self) -> Interval | None:
        """`more` at both ends of our interval; the paper's figure is taken as fixed."""
        if self.interval is None:
            return None
        low, high = (self._beyond(end) for end in self.interval)
        return None if low is None or high is None else (low, high)

    def _beyond(self, share: float | None) -> float | None:
        if self.paper is None or share is None:
            return None
        return (share - self.paper.share) * self.ours.total

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "measure": self.measure,
            "classifier": self.classifier,
            "paper": self.paper.as_dict() if self.paper else None,
            "ours": self.ours.as_dict(),
            "interval": list(self.interval) if self.interval else None,
            "difference_points": self.points,
            "difference_cases": self.more,
            "difference_cases_interval": list(self.more_interval) if self.more_interval else None,
        }


def slice_interval(cases: Sequence[str], right: Sequence[bool]) -> Interval | None:
    """95 % interval of the share of right slices; `cases` names each slice's scan.

    Slices of one scan are alike, so scans are resampled, not slices; where scans are so few
    that the exact binomial interval is wider, it is that. None without slices.
    """
    rate = Rate(sum(right), len(right))
    exact = rate.exact
    if exact is None:
        return None
    _, numbers = np.unique(np.asarray(cases), return_inverse=True)
    hits = np.bincount(numbers, weights=np.asarray(right, float))
    sizes = np.bincount(numbers).astype(float)
    chance = np.full(len(sizes), 1 / len(sizes))
    drawn = np.random.default_rng(0).multinomial(len(sizes), chance, RESAMPLES)
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(drawn @ hits / (drawn @ sizes), (tail, 100 - tail))
    return (float(low), float(high)) if high - low > exact[1] - exact[0] else exact
