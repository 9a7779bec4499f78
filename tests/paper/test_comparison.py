"""Differences and intervals by hand, and against the exact binomial."""

import numpy as np
import pytest

from spgc.paper.comparison import Compared, slice_interval
from spgc.paper.printed_numbers import ALL_FOUR, Published, scan_accuracy
from spgc.scoring.counts import Rate
from spgc.scoring.intervals import clopper_pearson


def test_difference_in_patients_is_a_whole_number_on_the_papers_scans() -> None:
    """90 of 98 are four more than the paper's 86, whatever its rounding."""
    paper = scan_accuracy(ALL_FOUR, "xgboost")
    row = Compared(ALL_FOUR, "accuracy", Rate(90, 98), clopper_pearson(90, 98), paper, "xgboost")
    assert row.more == pytest.approx(4)
    assert row.points == pytest.approx(100 * 4 / 98)
    low, high = clopper_pearson(90, 98)
    assert row.more_interval == pytest.approx((98 * low - 86, 98 * high - 86))


def test_on_fewer_scans_the_papers_share_counts() -> None:
    row = Compared("resnext50", "accuracy", Rate(8, 10), None, Published(75.0, "Table 9"))
    assert row.more == pytest.approx(0.5)
    assert row.more_interval is None


def test_nothing_to_compare_is_no_number() -> None:
    empty = Compared("resnext50", "accuracy", Rate(0, 0), None, Published(75.0, "Table 9"))
    alone = Compared("resnext50", "CAP", Rate(1, 2), (0.1, 0.9))
    assert [empty.points, empty.more, alone.points, alone.more] == [None] * 4
    assert slice_interval([], []) is None


def test_slices_of_one_scan_are_one_observation() -> None:
    """20 scans wholly right or wholly wrong tell as much as 20 slices, not as 2,000."""
    cases = np.repeat([f"P{n:03d}" for n in range(20)], 100)
    right = np.repeat([True] * 14 + [False] * 6, 100)
    found = slice_interval(cases.tolist(), right.tolist())
    assert found is not None
    assert found == pytest.approx(clopper_pearson(14, 20), abs=0.08)
    narrow = clopper_pearson(1400, 2000)
    assert found[1] - found[0] > 5 * (narrow[1] - narrow[0])


def test_one_scan_gives_the_exact_interval() -> None:
    assert slice_interval(["P001"] * 5, [True] * 3 + [False] * 2) == clopper_pearson(3, 5)
