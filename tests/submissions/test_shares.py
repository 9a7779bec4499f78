"""Three probabilities that sum to 1: how exactly depends on whose they are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spgc.challenge.spgc_challenge import SPGC
from spgc.protocol import CAP, CLASSES
from spgc.scoring.program_answers import answers_of
from spgc.submissions.reading_rules import reading_on
from spgc.submissions.shares import (
    EDGE_TOLERANCE,
    SUM_TOLERANCE,
    UNPRINTED_SUM_TOLERANCE,
    are_shares,
)


@pytest.mark.parametrize(
    "values",
    [(), (1.0,), (0.5, 0.5), (0.25,) * 4, (math.nan, 0.5, 0.5), (math.inf, 0, 0), (2, -1, 0)],
)
def test_what_no_tolerance_makes_probabilities(values: tuple[float, ...]) -> None:
    assert not are_shares(values, SUM_TOLERANCE, EDGE_TOLERANCE, classes=3)
    assert not are_shares(values, UNPRINTED_SUM_TOLERANCE, classes=3)


def test_rounded_for_print_passes_for_files_alone() -> None:
    """Thirds with two decimals sum to 0.99."""
    printed = (0.33, 0.33, 0.33)
    assert are_shares(printed, SUM_TOLERANCE, EDGE_TOLERANCE, classes=3)
    assert not are_shares(printed, UNPRINTED_SUM_TOLERANCE, classes=3)
    assert not are_shares((0.32, 0.32, 0.32), SUM_TOLERANCE, EDGE_TOLERANCE, classes=3)


def test_a_softmax_in_32_bits_passes_for_systems() -> None:
    rng = np.random.default_rng(0)
    powers = np.exp(rng.normal(0, 4, (1000, len(CLASSES))).astype(np.float32))
    for row in powers / powers.sum(axis=1, keepdims=True):
        assert are_shares(row.tolist(), UNPRINTED_SUM_TOLERANCE, classes=3)


def test_a_little_outside_is_moved_to_the_edge_in_files_alone() -> None:
    shares = (1.0000002, -1.2e-8, 0.0)
    assert are_shares(shares, SUM_TOLERANCE, EDGE_TOLERANCE, classes=3)
    assert not are_shares(shares, UNPRINTED_SUM_TOLERANCE, classes=3)
    given = answers_of({"a": CAP}, {"a": shares}, reading_on(SPGC))
    assert given.probabilities == {"a": (1.0, 0.0, 0.0)}
