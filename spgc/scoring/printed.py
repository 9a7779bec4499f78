"""Counts, rates and intervals as text, the same in tables, pages and Markdown."""

from __future__ import annotations

from spgc.scoring.counts import Rate
from spgc.scoring.intervals import Interval

ABSENT = "–"
"""Shown where there is no number: a class that a set lacks, an answer never published."""


def hundredfold(share: float) -> float:
    """A share as a percentage without the noise of the product: 23 of 80 is 28.75, which prints as
    28.8, and not 28.749999999999996."""
    return round(100 * share, 10)


def percent(value: float | None) -> str:
    """`93.3`, or a dash for no value."""
    return ABSENT if value is None else f"{hundredfold(value):.1f}"


def percent_range(interval: Interval | None) -> str:
    """`77.9–99.2`, or a dash."""
    return ABSENT if interval is None else f"{percent(interval[0])}–{percent(interval[1])}"


def whole_range(interval: Interval | None) -> str:
    """`78–99`, or a dash."""
    return ABSENT if interval is None else f"{100 * interval[0]:.0f}–{100 * interval[1]:.0f}"


def hits(rate: Rate | None) -> str:
    """`28/30`, or a dash for a class without cases and for unpublished answers."""
    return ABSENT if rate is None or not rate.total else f"{rate.hits}/{rate.total}"


def hits_and_rate(rate: Rate) -> str:
    """`28/30  93%`."""
    return ABSENT if rate.value is None else f"{hits(rate)} {hundredfold(rate.value):4.0f}%"
