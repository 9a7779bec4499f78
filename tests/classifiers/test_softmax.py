"""Probabilities from scores: those of scipy, in the precision that came in, without overflow."""

import numpy as np
import pytest
from scipy import special

from spgc.classifiers.softmax import softmax


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 4, 3)])
def test_as_scipy_has_it(kind: type, shape: tuple[int, ...]) -> None:
    scores = np.random.default_rng(0).normal(0, 5, shape).astype(kind)
    found = softmax(scores)
    assert found.dtype == kind
    np.testing.assert_allclose(found, special.softmax(scores, axis=-1), rtol=1e-6)


def test_large_scores_do_not_overflow() -> None:
    found = softmax(np.array([1e30, -1e30, 1e30], np.float32))
    assert found.tolist() == [0.5, 0.0, 0.5]
