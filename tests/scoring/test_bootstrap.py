"""The bootstrap draws every patient, keeps the make-up of the sets, and repeats itself."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from sklearn import metrics

from spgc.challenge.spgc_challenge import SPGC
from spgc.protocol import CLASSES
from spgc.scoring.bootstrap import (
    _confusion_intervals,
    _weights,
    confusion_intervals,
    probability_intervals,
)
from spgc.scoring.counts import Confusion
from spgc.scoring.probability import Graded

PARTS = [
    Confusion(((8, 1, 1), (2, 7, 1), (0, 1, 9))),
    Confusion(((14, 0, 1), (0, 0, 0), (1, 0, 14))),
]


def slow_balanced_accuracy(parts: list[Confusion], resamples: int) -> np.ndarray:
    """The textbook loop: draw patients of each split and class with replacement, count again."""
    random = np.random.default_rng(7)
    values = []
    for _ in range(resamples):
        hits, cases = np.zeros(3), np.zeros(3)
        for part in parts:
            for i, row in enumerate(part.counts):
                patients = np.repeat(np.arange(3), row)
                if len(patients):
                    drawn = random.choice(patients, len(patients))
                    hits[i] += (drawn == i).sum()
                    cases[i] += len(drawn)
        values.append((hits[cases > 0] / cases[cases > 0]).mean())
    return np.array(values)


def test_the_interval_is_that_of_the_textbook_loop() -> None:
    low, high = np.quantile(slow_balanced_accuracy(PARTS, 4000), [0.025, 0.975])
    interval = confusion_intervals(PARTS)["balanced_accuracy"]
    assert interval == pytest.approx((low, high), abs=0.012)


def test_every_patient_can_be_drawn_and_no_stratum_changes_size() -> None:
    weights = np.concatenate(list(_weights([5, 3, 1], 2500, 0)))
    assert weights.shape == (2500, 9)
    assert (weights.max(axis=0) >= 1).all()
    assert (weights.min(axis=0)[:8] == 0).all()
    assert (weights[:, :5].sum(axis=1) == 5).all()
    assert (weights[:, 5:8].sum(axis=1) == 3).all()


def test_the_same_seed_gives_the_same_interval() -> None:
    first = confusion_intervals(PARTS, 500, 3)
    _confusion_intervals.cache_clear()
    assert confusion_intervals(PARTS, 500, 3) == first
    assert confusion_intervals(PARTS, 500, 3) != confusion_intervals(PARTS, 500, 4)


def test_sets_of_equal_counts_are_drawn_once_and_stay_apart() -> None:
    """Thousands of small sets take no longer than the few counts that they have."""
    _confusion_intervals.cache_clear()
    counts = [Confusion(((3, 1, 0), (0, 4, k % 3), (1, 0, 3))) for k in range(30)]
    found = [confusion_intervals([one], resamples=100) for one in counts]
    assert _confusion_intervals.cache_info().misses == 3
    found[0]["macro_f1"] = (0.0, 0.0)
    assert found[3] == confusion_intervals([counts[0]], resamples=100) != found[0]


def test_probability_intervals_hold_the_value() -> None:
    random = np.random.default_rng(1)
    truth = [CLASSES[i] for i in random.integers(0, 3, 60)]
    raw = random.dirichlet((1, 1, 1), 60)
    graded = Graded.of(truth, [tuple(row) for row in raw], SPGC.names)
    values = graded.values()
    intervals = probability_intervals(graded, truth, 2000)
    assert set(intervals) == set(values)
    for name, (low, high) in intervals.items():
        assert low < values[name] < high


def test_a_class_without_cases_has_no_auc() -> None:
    graded = Graded.of([CLASSES[0]] * 3, [(0.5, 0.3, 0.2)] * 3, SPGC.names)
    assert set(graded.values()) == {"log_loss", "brier"}
    assert set(probability_intervals(graded, [0, 0, 0], 100)) == {"log_loss", "brier"}


def graded_with_ties(n: int) -> tuple[list[str], Graded]:
    """Probabilities in whole tenths: most pairs of cases tie somewhere."""
    random = np.random.default_rng(5)
    truth = sorted(CLASSES[i] for i in random.integers(0, 3, n))
    shares = random.multinomial(10, (0.3, 0.3, 0.4), n) / 10
    return truth, Graded.of(truth, [(a, b, c) for a, b, c in shares.tolist()], SPGC.names)


def test_a_resamples_auc_is_that_of_scikit_learn_with_weights() -> None:
    truth, graded = graded_with_ties(70)
    sizes = [truth.count(name) for name in sorted(CLASSES)]
    p, t = np.array(graded.shares), np.array(graded.truth)
    (weights,) = _weights(sizes, 40, 0)
    for i in range(len(CLASSES)):
        cases = graded.ranked(i)
        assert cases is not None
        expected = [metrics.roc_auc_score(t == i, p[:, i], sample_weight=row) for row in weights]
        assert cases.resampled_auc(weights) == pytest.approx(expected, abs=1e-12)


def test_intervals_are_those_of_comparing_every_pair() -> None:
    """Who beats whom as a matrix, averaged over the same draws: the definition, pair by pair."""
    truth, graded = graded_with_ties(60)
    intervals = probability_intervals(graded, truth, 500, 3)
    p, t = np.array(graded.shares), np.array(graded.truth)
    draws = np.concatenate(list(_weights([truth.count(c) for c in sorted(CLASSES)], 500, 3)))
    for i, name in enumerate(CLASSES):
        beats = (np.sign(p[t == i, i][:, None] - p[t != i, i][None]) + 1) / 2
        aucs = ((draws[:, t == i] @ beats) * draws[:, t != i]).sum(axis=1) / beats.size
        expected = np.quantile(aucs, [0.025, 0.975])
        assert intervals[f"auc:{name}"] == pytest.approx(expected, abs=1e-12)


def test_memory_grows_with_the_cases_and_not_with_their_pairs() -> None:
    """20,000 cases are 90 million pairs: as floats, 700 MB for each class."""
    truth, graded = graded_with_ties(20_000)
    tracemalloc.start()
    graded.values()
    probability_intervals(graded, truth, 30)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 * 2**20
