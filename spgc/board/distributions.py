"""Distribution of a row's right answers: the parametric bootstrap, computed exactly."""

from __future__ import annotations

from itertools import pairwise

from spgc.board.board_rows import BoardRow
from spgc.scoring.intervals import at_least as tail

Distribution = list[float]
"""Chances of 0, 1, 2, ... right answers, or of ranks 1, 2, 3, ..."""


def total_distribution(row: BoardRow) -> Distribution:
    """Chances of each total, 0 to all scans, under the row's own shares.

    Class by class where the row adds up, by its total where it does not.
    """
    pairs = [(row.total_hits, sum(row.cases))]
    if row.consistent:
        pairs = [(h or 0, n) for h, n in zip(row.hits, row.cases, strict=True) if n]
    whole = [1.0]
    for hits, size in pairs:
        whole = _sum(whole, _binomial(hits / size, size))
    return whole


def _binomial(share: float, size: int) -> Distribution:
    reach = [tail(k, size, share) for k in range(size + 2)]
    return [max(0.0, a - b) for a, b in pairwise(reach)]


def _sum(one: Distribution, two: Distribution) -> Distribution:
    """Distribution of the sum of two independent counts."""
    made = [0.0] * (len(one) + len(two) - 1)
    for i, p in enumerate(one):
        for j, q in enumerate(two):
            made[i + j] += p * q
    return made
