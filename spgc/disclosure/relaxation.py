"""Solving for the labels: each count is a linear equation in unknown shares between 0 and 1.

The relaxation of the integer problem: find class shares of every case, each at least 0 and
together 1, that fit all counts, nearest to what was likely before; answer with the largest share.
Accelerated projected gradient (Beck and Teboulle, SIAM J. Imaging Sci. 2009, 2, 183).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spgc.disclosure.feedback import Counted

STEPS = 300
LARGEST = 300_000
"""Numbers in the equations: with more of them nothing is solved."""

Numbers = NDArray[np.float64]


def solve(told: Counted) -> NDArray[np.intp] | None:
    """The labels that fit the counts best, (N,); None where the equations are too many."""
    n, classes = told.shares.shape
    counts_each = classes if told.by_class else 1
    most = math.ceil(2 * n * classes / counts_each)
    told = told.first(most)  # more equations than unknowns tell nothing more
    if (len(told.answers) * counts_each + classes) * n * classes > LARGEST:
        return None
    equations = _equations(told)
    right = np.eye(classes)[told.truth].ravel()
    return _fit(equations, equations @ (right - told.shares.ravel()), told.shares)


def _equations(told: Counted) -> Numbers:
    """One row for each count that is told or known, one column for each case and class.

    Less the mean over the classes of a case, whose shares sum to 1: the same solutions, found in
    fewer steps.
    """
    asked = np.eye(told.classes)[told.answers]
    sets = np.eye(told.sets.max() + 1)[told.sets].T
    sizes = np.einsum("sn,cd->scnd", sets, np.eye(told.classes))
    files = np.einsum("knc,cd->kdnc", asked, np.eye(told.classes)) if told.by_class else asked
    shape = (-1, *told.shares.shape)
    rows = np.concatenate([files.reshape(shape), sizes.reshape(shape)])
    return _flat(rows - rows.mean(axis=2, keepdims=True))


def _flat(rows: NDArray[np.float64]) -> Numbers:
    return np.ascontiguousarray(rows.reshape(len(rows), -1))


def _fit(equations: Numbers, wanted: NDArray[np.float64], shares: Numbers) -> NDArray[np.intp]:
    """wanted: what the equations give for the truth less what they give for `shares`."""
    step = 1 / _largest_eigenvalue(equations)
    now = ahead = shares
    pace = 1.0
    for _ in range(STEPS):
        miss = equations @ (ahead - shares).ravel() - wanted
        slope = (miss @ equations).reshape(shares.shape)
        before, now = now, _onto_shares(ahead - step * slope, shares > 0)
        faster = (1 + math.sqrt(1 + 4 * pace * pace)) / 2
        ahead = now + (pace - 1) / faster * (now - before)
        pace = faster
    labels: NDArray[np.intp] = now.argmax(axis=1)
    return labels


def _largest_eigenvalue(equations: Numbers) -> float:
    """Of the equations times their transpose, by the power method, rounded up."""
    vector = np.random.default_rng(0).standard_normal(equations.shape[1:])
    size = 1.0
    for _ in range(30):
        vector = (equations @ vector) @ equations
        size = float(np.linalg.norm(vector)) or 1.0
        vector = vector / size
    return 1.1 * size


def _onto_shares(rows: Numbers, possible: NDArray[np.bool_]) -> Numbers:
    """The nearest rows that are at least 0, sum to 1 and are 0 where a class is not possible."""
    rows = np.where(possible, rows, -1e9)
    falling = -np.sort(-rows, axis=1)
    excess = (falling.cumsum(axis=1) - 1) / np.arange(1, rows.shape[1] + 1)
    kept = (falling > excess).sum(axis=1) - 1
    nearest: Numbers = np.maximum(rows - excess[np.arange(len(rows)), kept][:, None], 0)
    return nearest
