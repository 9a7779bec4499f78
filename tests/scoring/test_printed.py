"""Shares print as the percentage that the counts give, whatever the arithmetic on the way."""

from __future__ import annotations

import pytest

from spgc.scoring.counts import Rate
from spgc.scoring.printed import hits_and_rate, percent, percent_range, whole_range


@pytest.mark.parametrize("total", [7, 8, 16, 40, 80, 90, 98, 130, 160, 400, 2000])
def test_every_count_prints_as_its_percentage(total: int) -> None:
    """As C, R and any calculator that divides last print it, on halves as well."""
    for hits in range(total + 1):
        assert percent(hits / total) == f"{100 * hits / total:.1f}"
        assert hits_and_rate(Rate(hits, total)).endswith(f" {100 * hits / total:4.0f}%")


def test_ranges_print_their_ends_alike() -> None:
    assert percent(23 / 80) == "28.8"
    assert percent_range((23 / 80, 51 / 80)) == "28.8–63.8"
    assert whole_range((0.025, 0.975)) == "2–98"
    assert percent(None) == percent_range(None) == whole_range(None) == "–"
