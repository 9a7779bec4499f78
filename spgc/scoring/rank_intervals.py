"""How far a rank could have come out otherwise on other patients of the same kind.

The parametric bootstrap of a row draws the right answers of each class from a binomial with the
row's own share. Ranks under it need no random draws: each team's total has a known distribution,
and the number of teams above a given total is a sum of independent yes-or-no events. So the result
is what a bootstrap with endless resamples would give. Teams are taken as independent, because
most answers per patient are unpublished; shared hard patients would narrow the intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from spgc.scoring.board import Row
from spgc.scoring.intervals import CONFIDENCE
from spgc.scoring.intervals import at_least as tail

Distribution = list[float]
"""Chances of 0, 1, 2, ... right answers, or of ranks 1, 2, 3, ..."""


def total_distribution(row: Row) -> Distribution:
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


def rank_distribution(own: Distribution, above: Sequence[Sequence[float]]) -> Distribution:
    """Chances of rank 1, 2, ...; equal totals share the better rank.

    own: chances of the row's totals; above: for each other team, its chance to exceed each total.
    """
    ranks = [0.0] * (len(above) + 1)
    for total, chance in enumerate(own):
        if chance > 1e-15:
            for rank, p in enumerate(_count([beats[total] for beats in above])):
                ranks[rank] += chance * p
    return ranks


def _above(totals: Distribution) -> list[float]:
    """Chance to exceed each total."""
    reached = list(accumulate(reversed(totals)))[::-1]
    return [*reached[1:], 0.0]


def _count(chances: Sequence[float]) -> Distribution:
    """Distribution of how many of independent events happen (Poisson binomial)."""
    made = [1.0]
    for chance in chances:
        stay = [p * (1 - chance) for p in made]
        move = [p * chance for p in made]
        made = [a + b for a, b in zip([*stay, 0.0], [0.0, *move], strict=True)]
    return made


def rank_intervals(rows: Sequence[Row], published: Sequence[Row]) -> list[tuple[int, int]]:
    """For each row the ranks between the 2.5th and the 97.5th percentile among `published`.

    All rows need equally many scans; a row may itself stand among the published ones.
    """
    above = [(other, _above(total_distribution(other))) for other in published]
    return [
        _percentiles(
            rank_distribution(
                total_distribution(row), [a for other, a in above if other is not row]
            )
        )
        for row in rows
    ]


def _percentiles(ranks: Distribution) -> tuple[int, int]:
    reached = list(accumulate(ranks))
    low, high = (1 - CONFIDENCE) / 2 * reached[-1], (1 + CONFIDENCE) / 2 * reached[-1]
    best = next(i for i, p in enumerate(reached) if p >= low)
    return best + 1, next(i for i, p in enumerate(reached) if p >= high) + 1
