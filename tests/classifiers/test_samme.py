"""The arithmetic of a round of SAMME, by hand and by what the paper proves of it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spgc.classifiers.samme import GUESSING, learner_weight, next_weights, weighted_error


def test_a_round_by_hand() -> None:
    """One of four slices missed: error 1/4, vote ln 3 + ln 2; it then weighs six times as much."""
    weights = np.full(4, 0.25)
    missed = np.array([False, True, False, False])
    error = weighted_error(weights, missed)
    vote = learner_weight(error)
    assert error == 0.25
    assert vote == pytest.approx(math.log(3) + math.log(2))
    np.testing.assert_allclose(next_weights(weights, missed, vote), np.array([1, 6, 1, 1]) / 9)


@given(st.integers(3, 40), st.integers(0, 2**32 - 1))
def test_in_the_next_round_the_same_learner_only_guesses(count: int, seed: int) -> None:
    """Under the new weights its error is 2/3, whatever it was (Zhu et al., section 2.2)."""
    random = np.random.default_rng(seed)
    weights = random.dirichlet(np.ones(count))
    missed = random.random(count) < 0.4
    missed[0], missed[1] = True, False
    error = weighted_error(weights, missed)
    if error < GUESSING:
        changed = next_weights(weights, missed, learner_weight(error))
        assert changed.sum() == pytest.approx(1)
        assert weighted_error(changed, missed) == pytest.approx(GUESSING)


@pytest.mark.parametrize("error", [2 / 3, 0.8, 1.0])
def test_a_learner_that_guesses_has_no_vote_and_changes_no_weight(error: float) -> None:
    weights, missed = np.array([0.3, 0.7]), np.array([True, False])
    assert learner_weight(error) == 0
    np.testing.assert_allclose(next_weights(weights, missed, 0.0), weights)


def test_an_error_too_small_to_believe() -> None:
    assert learner_weight(0.0, 0.01) == learner_weight(0.01)
    with pytest.raises(ValueError, match="error of 0"):
        learner_weight(0.0)
