"""Rank intervals: the ranks that other patients of the same kind could have given.

The parametric bootstrap of a row draws the right answers of each class from a binomial with the
row's own share. Ranks under it need no random draws: each team's total has a known distribution,
and the number of teams above a given total is a sum of independent yes-or-no events. So the result
is what a bootstrap with endless resamples would give. Where a row and teams above or below it have
published answers, they get the same patients: that changes how often one beats the other, not what
each of them has right. All others are taken as independent, because their answers per patient are
unpublished; shared hard patients would narrow those intervals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate

from spgc.board.board_rows import BoardRow, same_patients
from spgc.board.distributions import Distribution, total_distribution
from spgc.board.resampling import DRAWS, drawn_totals
from spgc.scoring.intervals import CONFIDENCE


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


def rank_intervals(
    rows: Sequence[BoardRow], published: Sequence[BoardRow]
) -> list[tuple[int, int]]:
    """For each row the ranks between the 2.5th and the 97.5th percentile among `published`.

    All rows need equally many scans; a row may itself stand among the published ones.
    """
    above = {id(other): _above(total_distribution(other)) for other in published}
    return [_percentiles(_ranks(row, published, above)) for row in rows]


def _ranks(
    row: BoardRow, published: Sequence[BoardRow], above: Mapping[int, Sequence[float]]
) -> Distribution:
    """Chances of the row's ranks, with the teams whose answers are known on the same patients."""
    others = [other for other in published if other is not row]
    paired = [other for other in others if same_patients(row, other)]
    alone = [above[id(other)] for other in others if not any(other is one for one in paired)]
    if not paired:
        return rank_distribution(total_distribution(row), alone)
    ranks = [0.0] * (len(others) + 1)
    for (total, ahead), chance in paired_totals(row, paired).items():
        for rank, p in enumerate(_count([beats[total] for beats in alone])):
            ranks[rank + ahead] += chance * p
    return ranks


def paired_totals(row: BoardRow, others: Sequence[BoardRow]) -> dict[tuple[int, int], float]:
    """Chances of the row's total, and of how many of `others` exceed it, on the same patients.

    Exact against one; against several from draws.
    """
    if len(others) > 1:
        own, *rest = drawn_totals([row, *others])
        seen = Counter(
            (total, sum(other > total for other in theirs))
            for total, *theirs in zip(own, *rest, strict=True)
        )
        return {key: count / DRAWS for key, count in seen.items()}
    made: dict[tuple[int, int], float] = {}
    for (total, lead), chance in _pair_distribution(row, others[0]).items():
        key = (total, int(lead < 0))
        made[key] = made.get(key, 0.0) + chance
    return made


def _pair_distribution(row: BoardRow, other: BoardRow) -> dict[tuple[int, int], float]:
    """Chances of the row's total and its lead over the other, patients drawn within each class."""
    mine, theirs = row.right, other.right
    states = {(0, 0): 1.0}
    for name in {scan.truth for scan in row.scored}:
        cases = [scan.case for scan in row.scored if scan.truth == name]
        kinds = Counter((case in mine, (case in mine) - (case in theirs)) for case in cases)
        for _ in cases:
            grown: dict[tuple[int, int], float] = {}
            for (total, lead), chance in states.items():
                for (right, step), count in kinds.items():
                    key = (total + right, lead + step)
                    grown[key] = grown.get(key, 0.0) + chance * count / len(cases)
            states = {key: chance for key, chance in grown.items() if chance > 1e-15}
    return states


def _percentiles(ranks: Distribution) -> tuple[int, int]:
    reached = list(accumulate(ranks))
    low, high = (1 - CONFIDENCE) / 2 * reached[-1], (1 + CONFIDENCE) / 2 * reached[-1]
    best = next(i for i, p in enumerate(reached) if p >= low)
    return best + 1, next(i for i, p in enumerate(reached) if p >= high) + 1
