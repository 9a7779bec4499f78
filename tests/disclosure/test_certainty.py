"""Certain labels are those that a search through everything, or integer programming, leaves."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from spgc.disclosure.certainty import certain_labels
from spgc.disclosure.feedback import Counted, Feedback, counted
from spgc.disclosure.hidden_sets import HiddenLabels, HiddenSet, one_set


def told(sizes: tuple[int, ...], feedback: Feedback, number: int, seed: int = 0) -> Counted:
    hidden = one_set(sizes)
    files = np.random.default_rng(seed).integers(0, len(sizes), (number, hidden.cases))
    (part,) = counted(hidden, feedback, files)
    return part


def equations(part: Counted, labels: np.ndarray) -> list[int]:
    """Everything that an attacker sees, for any labels: counts and class sizes."""
    seen = Counted(part.answers, labels, part.shares, part.sets, part.by_class).counts().ravel()
    sizes = [
        ((labels == c) & (part.sets == s)).sum()
        for c in range(part.classes)
        for s in range(part.sets.max() + 1)
    ]
    return [*seen.tolist(), *map(int, sizes)]


def by_brute_force(part: Counted) -> list[bool]:
    """Every labelling of all cases."""
    seen = equations(part, part.truth)
    found: list[set[int]] = [set() for _ in part.truth]
    for labels in product(range(part.classes), repeat=len(part.truth)):
        if equations(part, np.array(labels)) == seen:
            for one, label in zip(found, labels, strict=True):
                one.add(label)
    return [len(one) == 1 for one in found]


@pytest.mark.parametrize("number", [0, 1, 3, 5])
@pytest.mark.parametrize("feedback", [Feedback.SETS, Feedback.CLASSES])
@pytest.mark.parametrize("sizes", [(3, 2, 2), (4, 0, 2), (2, 5), (1, 2, 1, 2), (1, 0), (1, 1)])
def test_it_is_what_brute_force_finds(
    sizes: tuple[int, ...], feedback: Feedback, number: int
) -> None:
    part = told(sizes, feedback, number)
    found = certain_labels(part)
    assert found is not None
    assert found.tolist() == by_brute_force(part)


def test_sets_that_are_counted_together() -> None:
    """Their class sizes are known for each, which says more than those of both."""
    hidden = HiddenLabels((HiddenSet("a", (1, 2)), HiddenSet("b", (3, 1))))
    for seed in range(4):
        files = np.random.default_rng(seed).integers(0, 2, (3, 7))
        (part,) = counted(hidden, Feedback.HITS, files)
        found = certain_labels(part)
        assert found is not None
        assert found.tolist() == by_brute_force(part)


def by_integer_programming(part: Counted) -> np.ndarray:
    """Solutions that differ from the truth where none did before, until there are no more."""
    n, classes = part.shares.shape
    columns = np.eye(n * classes).reshape(n * classes, n, classes)
    rows = [
        [
            int((one[np.arange(n), row] * (row == c if part.by_class else 1)).sum())
            for one in columns
        ]
        for row in part.answers
        for c in range(classes if part.by_class else 1)
    ]
    rows += [[int(one[:, c].sum()) for one in columns] for c in range(classes)]
    rows += [[int(one[i].sum()) for one in columns] for i in range(n)]
    matrix, true = np.array(rows), np.eye(classes)[part.truth].ravel()
    certain = np.ones(n, dtype=bool)
    while certain.any():
        same = (np.eye(classes)[part.truth] * certain[:, None]).ravel()
        limits = [
            LinearConstraint(matrix, matrix @ true, matrix @ true),
            LinearConstraint(same[None], -np.inf, certain.sum() - 1),
        ]
        other = milp(0 * same, constraints=limits, integrality=1 + 0 * same, bounds=Bounds(0, 1))
        if other.x is None:
            break
        certain &= other.x.reshape(n, classes).argmax(axis=1) == part.truth
    return certain


@pytest.mark.parametrize(
    ("feedback", "number"),
    [(Feedback.CLASSES, 3), (Feedback.CLASSES, 6), (Feedback.SETS, 8), (Feedback.SETS, 13)],
)
def test_it_is_what_integer_programming_finds(feedback: Feedback, number: int) -> None:
    part = told((6, 5, 7), feedback, number, seed=2)
    found = certain_labels(part)
    assert found is not None
    assert found.tolist() == by_integer_programming(part).tolist()


@pytest.mark.parametrize(("feedback", "number"), [(Feedback.CLASSES, 10), (Feedback.SETS, 18)])
def test_few_random_files_reveal_all_labels_of_a_set_of_thirty(
    feedback: Feedback, number: int
) -> None:
    """10 with hits per class, 18 with hits of the set; so in all of 20 seeds."""
    part = told((10, 10, 10), feedback, number)
    found = certain_labels(part)
    assert found is not None
    assert found.all()


def test_a_set_too_large_for_the_search_is_left() -> None:
    assert certain_labels(told((25, 25), Feedback.SETS, 5)) is None
    assert certain_labels(told((1000, 1000), Feedback.SETS, 2)) is None
