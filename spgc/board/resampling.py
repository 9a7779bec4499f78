"""Resampled totals: what other patients of the same kind might have given, drawn at random.

Patients are drawn with replacement within each class. Rows whose answers are known on the same
scans get the same patients in every draw, so that what is hard for all stays hard for all. The
others are drawn by themselves, from their own shares: their answers per patient are unpublished.
Python's own generator is used, whose numbers do not change between versions.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from random import Random

from spgc.board.board_rows import BoardRow, same_patients
from spgc.board.distributions import total_distribution

DRAWS = 10_000
SEED = 0

_BITS = 20
"""Of a row's counter in a sum that counts for all rows at once: far more than patients need."""


def drawn_totals(rows: Sequence[BoardRow], draws: int = DRAWS, seed: int = SEED) -> list[list[int]]:
    """For each row its right answers in each draw; same rows, draws and seed, same numbers."""
    random = Random(seed)  # noqa: S311 - no secret
    together = [i for i, row in enumerate(rows) if row.scored and same_patients(row, _first(rows))]
    made = dict(zip(together, _joint([rows[i] for i in together], draws, random), strict=True))
    return [made[i] if i in made else _alone(row, draws, random) for i, row in enumerate(rows)]


def _first(rows: Sequence[BoardRow]) -> BoardRow:
    """The first row with answers: those on other scans than its are drawn by themselves."""
    return next(row for row in rows if row.scored)


def _joint(rows: Sequence[BoardRow], draws: int, random: Random) -> list[list[int]]:
    strata = patterns(rows)
    sums = [0] * draws
    for stratum in strata:
        size = len(stratum)
        drawn = random.choices(stratum, k=size * draws)
        for i in range(draws):
            sums[i] += sum(drawn[i * size : (i + 1) * size])
    mask = (1 << _BITS) - 1
    return [[(whole >> (_BITS * j)) & mask for whole in sums] for j in range(len(rows))]


def patterns(rows: Sequence[BoardRow]) -> list[list[int]]:
    """By class, for each patient one whole number that adds 1 to the counter of each right row."""
    if not rows:
        return []
    rights = [row.right for row in rows]
    made: dict[str, list[int]] = {name: [] for name in rows[0].challenge.names}
    for scan in sorted(rows[0].scored, key=lambda scan: scan.case):
        made[scan.truth].append(
            sum(1 << (_BITS * j) for j, right in enumerate(rights) if scan.case in right)
        )
    return [stratum for stratum in made.values() if stratum]


def _alone(row: BoardRow, draws: int, random: Random) -> list[int]:
    chances = list(accumulate(total_distribution(row)))
    return random.choices(range(len(chances)), cum_weights=chances, k=draws)
