"""SAMME, AdaBoost for several classes (Zhu et al. 2009): the arithmetic of one round."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spgc.protocol import CLASSES

GUESSING = 1.0 - 1.0 / len(CLASSES) - 1e-9
"""Weighted error of a learner that guesses, less a rounding; one no better has no vote."""


def weighted_error(weights: NDArray[np.float64], missed: NDArray[np.bool_]) -> float:
    """Share of the weight of what a learner had wrong; both (N,)."""
    return float(np.average(missed, weights=weights))


def learner_weight(error: float, least: float = 0.0) -> float:
    """How much a learner's vote counts (algorithm 2, step c); 0 for one that guesses.

    least: an error below which none is believed, since a learner without any would count for all.
    """
    if error >= GUESSING:
        return 0.0
    believed = max(error, least)
    if believed <= 0:
        raise ValueError("an error of 0 has no weight")
    return math.log((1.0 - believed) / believed) + math.log(len(CLASSES) - 1.0)


def next_weights(
    weights: NDArray[np.float64], missed: NDArray[np.bool_], vote: float
) -> NDArray[np.float64]:
    """The weights of the next round, which sum to 1: what was missed counts more (step d)."""
    grown = np.exp(np.log(weights) + vote * missed)
    return np.asarray(grown / grown.sum(), np.float64)
