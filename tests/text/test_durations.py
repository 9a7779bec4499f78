"""Spans of time are said in the largest fitting units."""

from __future__ import annotations

import pytest

from spgc.text.durations import duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1, "0 s"),
        (0.4, "0 s"),
        (40, "40 s"),
        (99.4, "99 s"),
        (100, "1 min 40 s"),
        (180, "3 min"),
        (659, "10 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (7800, "2 h 10 min"),
        (86400, "24 h"),
    ],
)
def test_a_span_is_said(seconds: float, said: str) -> None:
    assert duration(seconds) == said
