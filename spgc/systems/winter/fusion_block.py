"""From slices to the patient: the team's fusion block (paper, section II E, and their code)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spgc.protocol import CAP, CLASSES, COVID19, NORMAL

ClassShares = tuple[float, float, float]

_THEIR_ORDER = (NORMAL, COVID19, CAP)
"""Of equal scores the first in this order wins, as in their code."""


def patient_scores(slices: NDArray[np.floating], top: int) -> NDArray[np.float64]:
    """(S, 3) class probabilities of one or more slices to (3,) scores, both in `CLASSES` order.

    Normal scores as the mean over all slices, COVID-19 and CAP each as the mean of its `top`
    highest; of fewer slices, of those that are there.
    """
    rows = np.asarray(slices, np.float64)
    scores = np.sort(rows, axis=0)[-top:].mean(axis=0)
    normal = CLASSES.index(NORMAL)
    scores[normal] = rows[:, normal].mean()
    return np.asarray(scores, np.float64)


def patient_answer(slices: NDArray[np.floating], top: int) -> tuple[str, ClassShares]:
    """The class with the highest score, and the scores divided by their sum in `CLASSES` order."""
    scores = dict(zip(CLASSES, patient_scores(slices, top).tolist(), strict=True))
    label = max(_THEIR_ORDER, key=scores.__getitem__)
    covid, cap, normal = (scores[name] / sum(scores.values()) for name in CLASSES)
    return label, (covid, cap, normal)
