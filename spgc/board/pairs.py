"""Pairwise tests of all rows of a set: which differ significantly, and which can't.

Rows with published answers are compared by the exact McNemar test, corrected by Holm (Scand. J.
Stat. 1979, 6, 65) for all such pairs. Of pairs with unpublished answers the lowest and the highest
possible p are known, and Holm's correction of these pairs, run once on the highest and once on the
lowest, tells which are apart or not whatever the answers were: it never rejects less for lower p.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from spgc.board.board_rows import BoardRow
from spgc.board.bounds import BOUND, EXACT, Basis, bound_of
from spgc.scoring.mcnemar import ALPHA

Told = Literal["apart", "not apart", "undetermined"]

MOST_GROUPS = 100
"""More groups of alike rows than this tell nobody anything, and their number can double per row."""


@dataclass(frozen=True)
class Pair:
    """Two rows: by position, with the patients that only the first has right, and the exact p.

    holm: lowest and highest p, corrected for all pairs of the same basis; equal where exact.
    """

    a: int
    b: int
    only_a: tuple[int, int]
    p: tuple[float, float]
    holm: tuple[float, float]
    basis: Basis

    @property
    def told(self) -> Told:
        if self.holm[1] < ALPHA:
            return "apart"
        return "undetermined" if self.holm[0] < ALPHA else "not apart"

    def as_dict(self, rows: Sequence[BoardRow]) -> dict[str, Any]:
        difference = rows[self.a].total_hits - rows[self.b].total_hits
        return {
            "a": rows[self.a].team,
            "b": rows[self.b].team,
            "difference": difference,
            "only_a": list(self.only_a),
            "p": list(self.p),
            "holm": list(self.holm),
            "basis": self.basis,
            "told": self.told,
        }


def pairs_of(rows: Sequence[BoardRow], board: Sequence[BoardRow]) -> list[Pair]:
    """All pairs of `rows`, which have the same scans; `board` holds their teams' other sets."""
    singles = [_singles(row, board) for row in rows]
    bounds = {
        (i, j): bound_of(a, rows[j], singles[i], board)
        for (i, a), (j, _) in combinations(enumerate(rows), 2)
    }
    made: dict[tuple[int, int], Pair] = {}
    for basis in (EXACT, BOUND):
        family = [(key, b) for key, b in bounds.items() if b.basis == basis]
        low, high = holm([b.lowest_p for _, b in family]), holm([b.highest_p for _, b in family])
        for ((i, j), b), *corrected in zip(family, low, high, strict=True):
            p = (b.lowest_p, b.highest_p)
            made[i, j] = Pair(i, j, b.only_yours, p, (corrected[0], corrected[1]), basis)
    return [made[key] for key in bounds]


def _singles(row: BoardRow, board: Sequence[BoardRow]) -> dict[str, BoardRow]:
    """The same system's rows by set."""
    return {one.set_name: one for one in board if (one.team, one.group) == (row.team, row.group)}


def holm(values: Sequence[float]) -> list[float]:
    """Holm's corrected p, in the given order."""
    order = sorted(range(len(values)), key=values.__getitem__)
    made, reached = [0.0] * len(values), 0.0
    for place, i in enumerate(order):
        reached = max(reached, min(1.0, (len(values) - place) * values[i]))
        made[i] = reached
    return made


def groups_of(nodes: Sequence[int], pairs: Sequence[Pair]) -> list[list[int]] | None:
    """Largest groups of `nodes` in which no two are told apart, the best rows' first.

    None where they are more than `MOST_GROUPS`. Node by node (insert and absorb: Piepho, J. Comput.
    Graph. Stat. 2004, 13, 456), since each group of the nodes so far lies in another one of all
    nodes: once there are too many, there would be too many at the end as well.
    """
    near: dict[int, set[int]] = {node: set() for node in nodes}
    for pair in pairs:
        if pair.told == "not apart" and pair.a in near and pair.b in near:
            near[pair.a].add(pair.b)
            near[pair.b].add(pair.a)
    groups: list[frozenset[int]] = []
    for node in nodes:
        grown = {(group & near[node]) | {node} for group in groups} or {frozenset({node})}
        whole = [group for group in groups if not group <= near[node]]
        groups = whole + [one for one in grown if not any(one < other for other in grown)]
        if len(groups) > MOST_GROUPS:
            return None
    return sorted(map(sorted, groups))
