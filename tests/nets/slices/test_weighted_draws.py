"""Draws by weight: as often as the share says, each epoch its own, classes equally often."""

import pickle
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spgc.nets.slices.samples import Sample
from spgc.nets.slices.weighted_draws import WeightedDraws, balanced_weights
from spgc.protocol import CLASSES


def samples(*counts: int) -> list[Sample]:
    return [Sample(label, k, label) for label, count in enumerate(counts) for k in range(count)]


def test_balanced_weights_show_each_class_equally_often() -> None:
    """Of 60 a third each: CAP's five slices four times each, normal ones about every other."""
    there = samples(15, 5, 40)
    draws = WeightedDraws(there, balanced_weights(there), 0)
    assert draws.counts == (20, 20, 20)
    for epoch in range(5):
        shown = Counter(draws(epoch))
        assert Counter(s.label for s in shown.elements()) == {0: 20, 1: 20, 2: 20}
        assert {shown[s] for s in there if s.label == 1} == {4}
        assert {shown[s] for s in there if s.label == 0} == {1, 2}
        assert {shown[s] for s in there if s.label == 2} == {0, 1}


@given(
    st.lists(st.floats(0.01, 10), min_size=3, max_size=40), st.integers(0, 99), st.integers(0, 9)
)
def test_a_sample_comes_as_often_as_its_share_says(
    weights: list[float], seed: int, epoch: int
) -> None:
    """Rounded up or down: never missed where its share is a whole one, never one too many."""
    there = samples(0, len(weights), 0)
    found = Counter(WeightedDraws(there, np.array(weights), seed)(epoch))
    assert found.total() == len(there)
    for sample, weight in zip(there, weights, strict=True):
        exact = weight / sum(weights) * len(there)
        assert np.floor(exact - 1e-9) <= found[sample] <= np.ceil(exact + 1e-9)


def test_over_many_epochs_the_rest_is_chance() -> None:
    there = samples(3, 0, 0)
    draws = WeightedDraws(there, np.array([0.5, 1.0, 1.5]), 7)
    total = Counter(s for epoch in range(400) for s in draws(epoch))
    assert total[there[1]] == 400
    assert total[there[0]] == pytest.approx(200, abs=40)


def test_an_epoch_is_the_same_whenever_it_is_asked_for() -> None:
    there = samples(9, 4, 6)
    draws = WeightedDraws(there, balanced_weights(there), 1)
    second = draws(1)
    assert draws(0) != second
    assert WeightedDraws(there, balanced_weights(there), 1)(1) == second
    assert WeightedDraws(there, balanced_weights(there), 2)(1) != second
    assert pickle.dumps(draws)  # loading processes get it so


def test_a_class_that_weighs_next_to_nothing_is_still_shown() -> None:
    there = samples(10, 1, 10)
    weights = np.array([1.0] * 10 + [1e-6] + [1.0] * 10)
    draws = WeightedDraws(there, weights, 0)
    assert draws.counts[CLASSES.index("CAP")] == 1
    assert {s.label for s in draws(3)} == {0, 1, 2}
