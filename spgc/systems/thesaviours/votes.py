"""From the classes of a scan's slices to its class: TheSaviours' weighted vote (Test_main.py)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spgc.contract.system import Prediction
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL

WHOLE = 1.0
"""Weight of a slice in the middle half of the window."""

OUTER = (0.7, 0.7, 0.5)
"""Weight of a slice in the first or last quarter, by the class it is given, as in `CLASSES`."""

Votes = tuple[float, float, float]
"""Sums of weights in the order of `CLASSES`."""

_OUTER_SLICES = ((80, 20), (40, 10))
"""Slices at each end that count less, in windows of at least so many slices."""


def outer_slices(slices: int) -> int:
    """How many slices at each end of a window count less: 20 of 80, 10 of 40.

    Their windows have one of these sizes; of a scan of fewer than 40 slices it is a quarter.
    """
    return next((outer for least, outer in _OUTER_SLICES if slices >= least), slices // 4)


def vote_sums(classes: Sequence[int] | NDArray[np.intp]) -> Votes:
    """The votes of a window's slices; classes: of each, as an index into `CLASSES`, in order."""
    found = np.asarray(classes, np.intp)
    outer = outer_slices(len(found))
    middle = np.zeros(len(found), bool)
    middle[outer : len(found) - outer] = True
    tenths = [
        round(10 * WHOLE) * int((found[middle] == k).sum())
        + round(10 * OUTER[k]) * int((found[~middle] == k).sum())
        for k in range(len(CLASSES))
    ]  # whole numbers: a tie is a tie, whatever the order of adding up
    return tenths[0] / 10, tenths[1] / 10, tenths[2] / 10


def label_of(votes: Votes) -> str:
    """COVID-19 where neither other class has more, CAP where it has more than both, else normal.

    So COVID-19 wins its ties, and of CAP and normal with equally many votes it is normal.
    """
    covid19, cap, normal = votes
    if covid19 >= max(cap, normal):
        return COVID19
    return CAP if cap > normal else NORMAL


def voted(votes: Votes) -> Prediction:
    """The class, and the share of each class in the votes; thirds where nothing voted.

    The most probable class need not be the answer: a tie goes by `label_of`.
    """
    total = sum(votes)
    if not total:
        return Prediction(label_of(votes), (1 / 3, 1 / 3, 1 / 3))
    covid19, cap, normal = votes
    return Prediction(label_of(votes), (covid19 / total, cap / total, normal / total))
