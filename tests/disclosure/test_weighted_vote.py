"""Voting over random files reveals as much of the challenge's 90 labels as was measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spgc.disclosure.feedback import Counted, Feedback, counted
from spgc.disclosure.hidden_sets import HiddenLabels, one_set
from spgc.disclosure.relaxation import solve
from spgc.disclosure.weighted_vote import vote

REVEALED = {20: 46, 50: 55, 100: 64, 200: 75, 400: 85}
"""Mean of 50 seeds, standard deviation 2 to 4: random files to labels of 90, by hits of all."""


def test_total_hits_of_random_files_reveal_the_labels(ninety: HiddenLabels) -> None:
    """Of an attacker who doesn't know the class sizes; chance is 30."""
    right = []
    for seed in range(10):
        files = np.random.default_rng(seed).integers(0, 3, (400, 90))
        (told,) = counted(ninety, Feedback.HITS, files)
        told = replace(told, shares=np.full((90, 3), 1 / 3))
        right.append([(made == told.truth).sum() for made in vote(told, list(REVEALED))])
    assert np.mean(right, axis=0) == pytest.approx(list(REVEALED.values()), abs=3)


def test_without_a_file_the_vote_is_the_commonest_class() -> None:
    told = Counted(
        np.zeros((0, 10), dtype=int), *_of((2, 8)), np.zeros(10, dtype=int), by_class=False
    )
    assert vote(told, [0])[0].tolist() == [1] * 10


def _of(sizes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    hidden = one_set(sizes)
    return hidden.truth, hidden.shares


@pytest.mark.parametrize("by_class", [False, True])
def test_counts_are_those_of_a_loop(by_class: bool) -> None:
    """And so are their mean and variance over labels drawn by the shares."""
    truth, shares = _of((4, 3, 5))
    answers = np.random.default_rng(0).integers(0, 3, (6, 12))
    told = Counted(answers, truth, shares, np.zeros(12, dtype=int), by_class)
    mean, variance = told.expected()
    for k, row in enumerate(answers):
        for c in range(3 if by_class else 1):
            asked = [i for i, a in enumerate(row) if not by_class or a == c]
            assert told.counts()[k, c] == sum(row[i] == truth[i] for i in asked)
            chances = [shares[i, row[i]] for i in asked]
            assert mean[k, c] == pytest.approx(sum(chances))
            assert variance[k, c] == pytest.approx(sum(p * (1 - p) for p in chances))


def test_solving_beats_voting(ninety: HiddenLabels) -> None:
    """100 random files and total hits are enough for all 90 labels, where a vote has two thirds."""
    for seed in range(3):
        files = np.random.default_rng(seed).integers(0, 3, (100, 90))
        (told,) = counted(ninety, Feedback.HITS, files)
        solved = solve(told)
        assert solved is not None
        assert (solved == told.truth).all()
        assert (vote(told, [100])[0] == told.truth).sum() < 80


def test_a_solution_keeps_the_class_sizes_and_the_classes_of_a_set() -> None:
    """Two files say nothing of most cases, but a class that a set lacks is never answered."""
    hidden = one_set((6, 0, 2))
    files = np.random.default_rng(1).integers(0, 3, (2, 8))
    (told,) = counted(hidden, Feedback.CLASSES, files)
    solved = solve(told)
    assert solved is not None
    assert 1 not in solved


def test_too_many_equations_are_not_solved() -> None:
    files = np.random.default_rng(1).integers(0, 2, (300, 2000))
    (told,) = counted(one_set((1000, 1000)), Feedback.HITS, files)
    assert solve(told) is None
