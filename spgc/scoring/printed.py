"""Counts, rates and intervals as text, the same in tables, pages and Markdown."""

from __future__ import annotations

from spgc.scoring.counts import Rate
from spgc.scoring.intervals import Interval

ABSENT = "–"
"""Shown where there is no number: a class that a set lacks, an answer never published."""


def percent(value: float | None) -> str:
    """`93.3`, or a dash for no value."""
    return ABSENT if value is None else f"{100 * value:.1f}"


def percent_range(interval: Interval | None) -> str:
    """`77.9–99.2`, or a dash."""
    return ABSENT if interval is None else f"{100 * interval[0]:.1f}–{100 * interval[1]:.1f}"


def whole_range(interval: Interval | None) -> str:
    """`78–99`, or a dash."""
    return ABSENT if interval is None else f"{100 * interval[0]:.0f}–{100 * interval[1]:.0f}"


def hits(rate: Rate | None) -> str:
    """`28/30`, or a dash for a class without cases and for unpublished answers."""
    return ABSENT if rate is None or not rate.total else f"{rate.hits}/{rate.total}"


def hits_and_rate(rate: Rate) -> str:
    """`28/30  93%`."""
    return ABSENT if rate.value is None else f"{hits(rate)} {100 * rate.value:4.0f}%"
