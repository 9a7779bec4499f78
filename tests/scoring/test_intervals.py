"""Intervals agree with scipy and statsmodels, and keep what an interval promises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from spgc.scoring.intervals import at_least, clopper_pearson, wilson


@st.composite
def shares(draw: st.DrawFn, largest: int = 500) -> tuple[int, int]:
    total = draw(st.integers(1, largest))
    return draw(st.integers(0, total)), total


@given(shares())
def test_clopper_pearson_is_that_of_statsmodels(share: tuple[int, int]) -> None:
    expected = proportion_confint(*share, method="beta")
    assert clopper_pearson(*share) == pytest.approx(expected, abs=1e-10)


@given(shares())
def test_wilson_is_that_of_statsmodels(share: tuple[int, int]) -> None:
    expected = proportion_confint(*share, method="wilson")
    assert wilson(*share) == pytest.approx(expected, abs=1e-12)


@given(shares(), st.floats(0, 1))
def test_the_tail_is_that_of_scipy(share: tuple[int, int], p: float) -> None:
    expected = stats.binom.sf(share[0] - 1, share[1], p)
    assert at_least(*share, p) == pytest.approx(expected, rel=1e-8, abs=1e-13)


@given(shares())
def test_intervals_hold_the_share_and_stay_within_0_and_1(share: tuple[int, int]) -> None:
    for low, high in (clopper_pearson(*share), wilson(*share)):
        assert 0 <= low <= share[0] / share[1] + 1e-12
        assert share[0] / share[1] - 1e-12 <= high <= 1


def test_the_published_interval_of_a_later_paper_comes_out() -> None:
    """Heidarian et al., PLoS ONE 2023: 96.15 % of 130, 95 % CI 91.25 to 98.74."""
    low, high = clopper_pearson(125, 130)
    assert (round(100 * low, 2), round(100 * high, 2)) == (91.25, 98.74)


@pytest.mark.parametrize("share", [(1, 0), (-1, 3), (4, 3)])
def test_no_share_no_interval(share: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no share"):
        clopper_pearson(*share)
