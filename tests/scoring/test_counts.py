"""Confusion matrices are scikit-learn's, whether cases come by ID or by class index."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from spgc.protocol import CLASSES
from spgc.scoring.counts import Confusion, confusion, confusion_of


@pytest.mark.parametrize("count", [0, 1, 200])
def test_counts_are_scikit_learns(count: int) -> None:
    rng = np.random.default_rng(count)
    truth, predicted = rng.integers(0, 3, (2, count))
    found = confusion_of(truth, predicted, 3)
    expected = (
        confusion_matrix(truth, predicted, labels=[0, 1, 2]).tolist() if count else [[0] * 3] * 3
    )
    assert [list(row) for row in found.counts] == expected
    by_case = [{f"c{i}": CLASSES[k] for i, k in enumerate(part)} for part in (truth, predicted)]
    assert confusion(*by_case, CLASSES) == found


def test_every_case_needs_an_answer() -> None:
    with pytest.raises(ValueError, match="shorter"):
        confusion_of([0, 1], [0], 3)


def test_equal_balanced_accuracies_are_equal_numbers() -> None:
    """All rows of 3, 9 and 11 cases: platforms rank by the number, and would break the tie."""
    sizes, found = (3, 9, 11), {}
    for hits in product(*(range(size + 1) for size in sizes)):
        rows = [[0] * 3 for _ in sizes]
        for place, (right, size) in enumerate(zip(hits, sizes, strict=True)):
            rows[place][place], rows[place][place - 1] = right, size - right
        exact = sum(Fraction(h, n) for h, n in zip(hits, sizes, strict=True)) / 3
        value = Confusion(tuple(map(tuple, rows))).balanced_accuracy
        assert found.setdefault(exact, value) == value == float(exact)
