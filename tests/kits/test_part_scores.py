"""Intervals beside scores: exact for an accuracy, and at least as wide for a balanced one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from spgc.kits.part_scores import half_width, interval, share
from spgc.scoring.counts import Confusion

ROWS = st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=3, max_size=3)


@given(ROWS.filter(lambda rows: sum(map(sum, rows)) > 0))
def test_intervals_are_those_of_scipy(rows: list[list[int]]) -> None:
    counts = Confusion(tuple(map(tuple, rows)))
    hits, total = sum(rows[i][i] for i in range(3)), sum(map(sum, rows))
    exact = binomtest(hits, total).proportion_ci(0.95, method="exact")
    assert interval(counts, "accuracy") == pytest.approx(tuple(exact), abs=1e-9)
    present = [(row[i], sum(row)) for i, row in enumerate(rows) if sum(row)]
    each = [binomtest(*one).proportion_ci(1 - 0.05 / len(present)) for one in present]
    low, high = interval(counts, "balanced accuracy")
    assert low == pytest.approx(sum(one.low for one in each) / len(each), abs=1e-9)
    assert high == pytest.approx(sum(one.high for one in each) / len(each), abs=1e-9)
    assert low <= share(counts, "balanced accuracy") <= high
    assert half_width(counts, "balanced accuracy") == (high - low) / 2
