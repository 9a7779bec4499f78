"""Uncertainty of a ranking: who may be the best, and which rows can't be told apart.

Systems that may be the best: a row is ruled out when an exact one-sided McNemar test finds a rival
better at 5 % divided by the number of rivals (Bonferroni, which is Holm's first step). The best
system has no better rival, so it is ruled out in at most 5 % of such boards, however few patients:
multiple comparisons with the best (Hsu, Ann. Stat. 1984, 12, 1136) with exact paired tests.

The winner's score: it was picked for being highest, and so for its luck as well. The bootstrap
estimates by how much (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 10;
the same idea for the best of several error rates: Tibshirani and Tibshirani, Ann. Appl. Stat. 2009,
3, 822): the best total of a draw less the observed total of the row that has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_letters
from typing import Any, Literal

from spgc.board.board_rows import CHALLENGE, OWN, BoardRow
from spgc.board.pairs import Pair, groups_of, pairs_of
from spgc.board.ranking import share
from spgc.board.resampling import DRAWS, SEED, drawn_totals
from spgc.scoring.intervals import CONFIDENCE, Interval, at_least
from spgc.scoring.mcnemar import ALPHA

MayBeBest = Literal["yes", "no", "undetermined"]


@dataclass(frozen=True)
class RowStanding:
    """One row among all rows of the set.

    ranks: 95 % interval, equal totals sharing the better rank; top: share of draws in which it is
    the best, ties shared out; groups: letters, rows with a common one can't be told apart, empty
    where its answers are unpublished, None where there are too many groups; apart, undetermined:
    rows from which it is told apart, and those where unpublished answers decide.
    """

    row: BoardRow
    ranks: tuple[int, int]
    top: float
    may_be_best: MayBeBest
    groups: str | None
    apart: int
    undetermined: int


@dataclass(frozen=True)
class Winner:
    """The best of the rows that are ranked; `corrected` and `interval` are shares of `patients`."""

    teams: tuple[str, ...]
    right: int
    patients: int
    rivals: int
    corrected: float
    interval: Interval


@dataclass(frozen=True)
class Honest:
    """All of it for one set. The order of `standings` is that of the pairs' positions."""

    set_name: str
    standings: tuple[RowStanding, ...]
    pairs: tuple[Pair, ...]
    winner: Winner | None
    draws: int = DRAWS

    @property
    def own(self) -> bool:
        """Whether the rows were scored on labels of the user's own."""
        return any(one.row.own for one in self.standings)

    @property
    def grouped(self) -> bool:
        """Whether rows have letters: not where there are too many groups of alike rows."""
        return all(one.groups is not None for one in self.standings)

    @property
    def exact(self) -> bool:
        """Whether at least two rows have published answers."""
        return any(pair.basis == "exact" for pair in self.pairs)

    def as_dict(self) -> dict[str, Any]:
        rows = [one.row for one in self.standings]
        return {
            "draws": self.draws,
            "seed": SEED,
            "standings": [
                {
                    "team": one.row.team,
                    "answers": bool(one.row.scored),
                    "ranks": list(one.ranks),
                    "top": one.top,
                    "may_be_best": one.may_be_best,
                    "groups": one.groups,
                    "apart": one.apart,
                    "undetermined": one.undetermined,
                }
                for one in self.standings
            ],
            "winner": None
            if self.winner is None
            else {
                "teams": list(self.winner.teams),
                "right": self.winner.right,
                "patients": self.winner.patients,
                "corrected": self.winner.corrected,
                "interval": list(self.winner.interval),
            },
            "pairs": [pair.as_dict(rows) for pair in self.pairs],
        }


def honest(
    set_name: str,
    rows: Sequence[BoardRow],
    board: Sequence[BoardRow],
    draws: int = DRAWS,
    seed: int = SEED,
) -> Honest | None:
    """The honest ranking of `rows`, those of one set; `board` holds all rows of their teams.

    Rows on other scans than the first one's are left out. None for fewer than two rows.
    """
    known = [row for row in rows if row.foreign is None or row.own]
    ordered = sorted((r for r in known if r.cases == known[0].cases), key=lambda r: -share(r))
    if len(ordered) < 2:
        return None
    pairs = pairs_of(ordered, board)
    totals = drawn_totals(ordered, draws, seed)
    exact = sorted({i for pair in pairs if pair.basis == "exact" for i in (pair.a, pair.b)})
    letters = _letters(groups_of(exact, [p for p in pairs if p.basis == "exact"]), len(ordered))
    tops, ranks = _tops(totals), drawn_rank_intervals(totals)
    own = _by_row(pairs, len(ordered))
    standings = [
        RowStanding(
            row,
            ranks[i],
            tops[i],
            _may_be_best(i, ordered, own[i]),
            letters[i],
            sum(pair.told == "apart" for pair in own[i]),
            sum(pair.told == "undetermined" for pair in own[i]),
        )
        for i, row in enumerate(ordered)
    ]
    return Honest(set_name, tuple(standings), tuple(pairs), _winner(ordered, totals), draws)


def _by_row(pairs: Sequence[Pair], rows: int) -> list[list[Pair]]:
    """For each row the pairs that it is one of."""
    made: list[list[Pair]] = [[] for _ in range(rows)]
    for pair in pairs:
        made[pair.a].append(pair)
        made[pair.b].append(pair)
    return made


def _letters(groups: Sequence[Sequence[int]] | None, rows: int) -> Sequence[str | None]:
    """For each row the letters of its groups (compact letter display)."""
    if groups is None:
        return [None] * rows
    return [
        "".join(_letter(k) for k, group in enumerate(groups) if i in group) for i in range(rows)
    ]


def _letter(number: int) -> str:
    """`a` to `z`, `A` to `Z`, then `(53)`."""
    return ascii_letters[number] if number < len(ascii_letters) else f"({number + 1})"


def _may_be_best(i: int, rows: Sequence[BoardRow], pairs: Sequence[Pair]) -> MayBeBest:
    """pairs: those of row i."""
    level = ALPHA / (len(rows) - 1)
    possible = False
    for pair in pairs:
        low, high = better_p(pair, i, rows)
        if high <= level:
            return "no"
        possible = possible or low <= level
    return "undetermined" if possible else "yes"


def better_p(pair: Pair, i: int, rows: Sequence[BoardRow]) -> tuple[float, float]:
    """Lowest and highest one-sided exact p that the other row of the pair is better than row i."""
    lead = rows[pair.a].total_hits - rows[pair.b].total_hits
    values = []
    for only_a in range(pair.only_a[0], pair.only_a[1] + 1):
        only_b = only_a - lead
        rival = only_b if i == pair.a else only_a
        values.append(at_least(rival, only_a + only_b, 0.5) if only_a + only_b else 1.0)
    return min(values), max(values)


def drawn_rank_intervals(totals: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """For each row the middle 95 % of its ranks in draws; totals: rows x draws."""
    draws = [_ranks(drawn) for drawn in zip(*totals, strict=True)]
    cut = int((1 - CONFIDENCE) / 2 * (len(draws) - 1))
    by_row = (sorted(ranks) for ranks in zip(*draws, strict=True))
    return [(ranks[cut], ranks[-1 - cut]) for ranks in by_row]


def _ranks(drawn: Sequence[int]) -> list[int]:
    """Each row's rank in one draw: one more than there are higher totals."""
    rows = len(drawn)
    ranks = {total: rows - place for place, total in enumerate(sorted(drawn))}  # ties: the better
    return [ranks[total] for total in drawn]


def _tops(totals: Sequence[Sequence[int]]) -> list[float]:
    made = [0.0] * len(totals)
    for drawn in zip(*totals, strict=True):
        most = max(drawn)
        best = [i for i, total in enumerate(drawn) if total == most]
        for i in best:
            made[i] += 1 / len(best)
    return [chance / len(totals[0]) for chance in made]


def _winner(rows: Sequence[BoardRow], totals: Sequence[Sequence[int]]) -> Winner | None:
    """The best of the rows that are ranked, its total less the mean luck of a draw's best."""
    field = [i for i, row in enumerate(rows) if row.group in (CHALLENGE, OWN)]
    if len(field) < 2:
        return None
    observed = [rows[i].total_hits for i in field]
    luck = sorted(_luck(observed, drawn) for drawn in zip(*(totals[i] for i in field), strict=True))
    right, patients = max(observed), sum(rows[field[0]].cases)
    cut = int((1 - CONFIDENCE) / 2 * (len(luck) - 1))
    low, high = right - luck[-1 - cut], right - luck[cut]
    teams = tuple(rows[i].team for i in field if rows[i].total_hits == right)
    return Winner(
        teams,
        right,
        patients,
        len(field) - 1,
        (right - sum(luck) / len(luck)) / patients,
        (max(0.0, low / patients), min(1.0, high / patients)),
    )


def _luck(observed: Sequence[int], drawn: Sequence[int]) -> float:
    """How much more the draw's best has than it should: its own observed total."""
    most = max(drawn)
    best = [i for i, total in enumerate(drawn) if total == most]
    return most - sum(observed[i] for i in best) / len(best)
