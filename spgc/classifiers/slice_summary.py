"""A scan as statistics of what a network says of its slices, however many there are."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spgc.errors import ModelError

STATISTICS = ("mean", "maximum", "standard deviation", "mean of the largest tenth")
"""Of each number over the slices of a scan, in the order of `slice_summary`."""

TOP = 0.1
"""Share of the slices whose largest values are averaged (choice); one slice at least."""


def slice_summary(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(S, W) numbers of slices to (4 · W,): `STATISTICS`, each of all W numbers.

    The largest tenth is that of each number by itself. Raises ModelError without a slice.
    """
    if not len(rows):
        raise ModelError("a scan needs slices", found="0 slices", expected="1 or more")
    exact = rows.astype(np.float64)
    largest = np.sort(exact, axis=0)[-math.ceil(TOP * len(rows)) :]
    found = (exact.mean(axis=0), exact.max(axis=0), exact.std(axis=0), largest.mean(axis=0))
    return np.concatenate(found).astype(np.float32)
