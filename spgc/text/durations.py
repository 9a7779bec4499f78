"""Spans of time as people say them: `40 s`, `3 min`, `2 h 10 min`."""

from __future__ import annotations

MINUTE, HOUR = 60, 3600

PLAIN_SECONDS = 100
"""Up to here seconds alone are the plainest."""


def duration(seconds: float) -> str:
    """Seconds in the largest fitting units, at most two of them; hours have no seconds."""
    whole = max(0, round(seconds))
    if whole < PLAIN_SECONDS:
        return f"{whole} s"
    if whole < HOUR:
        minutes, rest = divmod(whole, MINUTE)
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(round(whole / MINUTE), MINUTE)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
