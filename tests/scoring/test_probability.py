"""Scores of probabilities don't hang on how a Python rounds a sum."""

from __future__ import annotations

import pytest

from spgc.scoring.counts import Confusion
from spgc.scoring.probability import Graded, calibration_error

CLASSES = ("one", "two", "three")


@pytest.mark.parametrize(
    "share", [(0.5, 0.41, 0.09), (0.6, 0.29, 0.11), (0.6, 0.3, 0.1), (0.7, 0.2, 0.1)]
)
def test_a_printed_probability_lies_in_its_own_bin(share: tuple[float, ...]) -> None:
    """0.5 is in (0.4, 0.5], though 0.5 + 0.41 + 0.09 is 0.9999999999999999 before Python 3.12."""
    (found,) = Graded((0,), (share,), CLASSES).bins()
    assert (found.low, found.high) == (pytest.approx(share[0] - 0.1), share[0])
    assert found.mean_probability == share[0]
    assert calibration_error([found]) == pytest.approx(1 - share[0])


def test_probabilities_that_were_rounded_are_scaled() -> None:
    """0.34, 0.34 and 0.34 are a third each."""
    graded = Graded((0,), ((0.34, 0.34, 0.34),), CLASSES)
    assert graded.brier() == [pytest.approx(2 / 3)]


def test_means_of_shares_are_rounded_once() -> None:
    """`sum` of 0.1, 0.2 and 0.3 and so on has other last digits from Python 3.12 on."""
    counts = Confusion(((1, 9, 0), (4, 1, 0), (0, 7, 3)))  # 0.1, 0.2 and 0.3
    assert counts.balanced_accuracy == 0.2
    assert 0.1 + 0.2 + 0.3 != 0.6
