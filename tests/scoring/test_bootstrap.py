"""The bootstrap draws every patient, keeps the make-up of the sets, and repeats itself."""

from __future__ import annotations

import numpy as np
import pytest

from spgc.protocol import CLASSES
from spgc.scoring.bootstrap import _weights, confusion_intervals, probability_intervals
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
    strata = ["a"] * 5 + ["b"] * 3 + ["c"]
    weights = np.concatenate(list(_weights(strata, 2500, 0)))
    assert weights.shape == (2500, 9)
    assert (weights.max(axis=0) >= 1).all()
    assert (weights.min(axis=0)[:8] == 0).all()
    assert (weights[:, :5].sum(axis=1) == 5).all()
    assert (weights[:, 5:8].sum(axis=1) == 3).all()


def test_the_same_seed_gives_the_same_interval() -> None:
    assert confusion_intervals(PARTS, 500, 3) == confusion_intervals(PARTS, 500, 3)
    assert confusion_intervals(PARTS, 500, 3) != confusion_intervals(PARTS, 500, 4)


def test_probability_intervals_hold_the_value() -> None:
    random = np.random.default_rng(1)
    truth = [CLASSES[i] for i in random.integers(0, 3, 60)]
    raw = random.dirichlet((1, 1, 1), 60)
    graded = Graded.of(truth, [tuple(row) for row in raw])
    values = graded.values()
    intervals = probability_intervals(graded, truth, 2000)
    assert set(intervals) == set(values)
    for name, (low, high) in intervals.items():
        assert low < values[name] < high


def test_a_class_without_cases_has_no_auc() -> None:
    graded = Graded.of([CLASSES[0]] * 3, [(0.5, 0.3, 0.2)] * 3)
    assert set(graded.values()) == {"log_loss", "brier"}
    assert set(probability_intervals(graded, [0, 0, 0], 100)) == {"log_loss", "brier"}
