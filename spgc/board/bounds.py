"""Bounds of the exact test against a published row, whatever its unknown answers were.

A row prints right answers per class, not per patient. In a class of n patients of whom one system
has u right and the other t, the patients that only the first has right number at least
max(0, u - t) and at most min(u, n - t). Summed over classes, and over single sets where the team's
rows on them are printed, this bounds the discordant pairs, and with them the exact McNemar p.
Where a row's answers are published, nothing is left open: both ends are the exact p.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from spgc.board.board_rows import CHALLENGE, BoardRow, board_sets, of_set, same_patients
from spgc.errors import SubmissionError
from spgc.scoring.mcnemar import ALPHA, exact_p

Separability = Literal["separable", "not separable", "undetermined"]
Basis = Literal["exact", "bound"]
"""Whether the answers of both sides were compared scan by scan, or only counts."""
EXACT: Basis = "exact"
BOUND: Basis = "bound"


@dataclass(frozen=True)
class Stratum:
    """Patients among whom both systems' right answers are known: `yours`, `theirs` of `size`."""

    size: int
    yours: int
    theirs: int

    def only_yours(self) -> tuple[int, int]:
        """Fewest and most patients that only the first system has right."""
        return max(0, self.yours - self.theirs), min(self.yours, self.size - self.theirs)


@dataclass(frozen=True)
class Bound:
    """Lowest and highest exact p against one published row; equal where its answers are published.

    only_yours: fewest and most patients that only you have right; `difference` is fixed; strata:
    0 where the answers themselves were compared; set_note: what is known of the set.
    """

    team: str
    set_name: str
    yours: int
    theirs: int
    patients: int
    only_yours: tuple[int, int]
    lowest_p: float
    highest_p: float
    doubt: str | None
    set_certain: bool
    strata: int
    basis: Basis = BOUND
    set_note: str | None = None

    @property
    def verdict(self) -> Separability:
        if self.highest_p < ALPHA:
            return "separable"
        return "not separable" if self.lowest_p >= ALPHA else "undetermined"

    @property
    def difference(self) -> int:
        """Your right answers less theirs."""
        return self.yours - self.theirs

    def as_dict(self) -> dict[str, Any]:
        low, high = self.only_yours
        return {
            "team": self.team,
            "set": self.set_name,
            "patients": self.patients,
            "yours": self.yours,
            "theirs": self.theirs,
            "difference": self.difference,
            "only_yours": [low, high],
            "only_theirs": [low - self.difference, high - self.difference],
            "lowest_p": self.lowest_p,
            "highest_p": self.highest_p,
            "verdict": self.verdict,
            "doubt": self.doubt,
            "set_certain": self.set_certain,
            "strata": self.strata,
            "basis": self.basis,
        }


def p_range(strata: Iterable[Stratum]) -> tuple[tuple[int, int], float, float]:
    """Range of the patients that only the first system has right, lowest and highest exact p."""
    parts = list(strata)
    difference = sum(part.yours - part.theirs for part in parts)
    ranges = [part.only_yours() for part in parts]
    low, high = sum(r[0] for r in ranges), sum(r[1] for r in ranges)
    # Each stratum can take every value in its range, so their sum can as well.
    values = [exact_p(only, only - difference) for only in range(low, high + 1)]
    return (low, high), min(values), max(values)


def against(mine: Sequence[BoardRow], board: Sequence[BoardRow]) -> list[Bound]:
    """Your rows against every row of the challenge on the same set and the same scans.

    Later results are compared with as well where their answers are published: scan by scan.
    Raises SubmissionError for other scans than the challenge's, and where nothing is published.
    """
    foreign = next((row.foreign for row in mine if row.foreign), None)
    if foreign:
        raise SubmissionError(
            "other scans can't be compared with published rows",
            found=f"a submission on {foreign}",
            expected="predictions for the challenge's scans",
            do="give two files to compare them",
        )
    yours = {row.set_name: row for row in mine}
    bounds = [
        bound_of(own, row, yours, board)
        for name, own in yours.items()
        for row in of_set(board, name)
        if row.cases == own.cases and (row.group == CHALLENGE or same_patients(own, row))
    ]
    if not bounds:
        raise SubmissionError(
            "no published row to compare with",
            found=" + ".join(yours) or "no set",
            expected=f"predictions for {_or(_published_sets(board))}",
            do="give two files to compare them",
        )
    return bounds


def _published_sets(board: Sequence[BoardRow]) -> list[str]:
    """Single sets with rows of the challenge, those that rank first."""
    known = {row.set_name for row in board if row.group == CHALLENGE}
    ranked = board[0].challenge.ranked if board else ()
    others = [name for name in (board[0].challenge.sets if board else ()) if name not in ranked]
    return [name for name in (*ranked, *others) if name in known]


def _or(names: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:]))) or "a set of the board"


def bound_of(
    mine: BoardRow, row: BoardRow, yours: Mapping[str, BoardRow], board: Sequence[BoardRow]
) -> Bound:
    """One row against another; exact where the answers of both are known.

    yours: the first system's rows by set.
    """
    if same_patients(mine, row):
        a, b = len(mine.right - row.right), len(row.right - mine.right)
        only, lowest, highest = (a, a), exact_p(a, b), exact_p(a, b)
        count, basis = 0, EXACT
    else:
        strata = strata_of(mine, row, yours, board)
        only, lowest, highest = p_range(strata)
        count, basis = len(strata), BOUND
    return Bound(
        row.team,
        row.set_name,
        mine.total_hits,
        row.total_hits,
        sum(row.cases),
        only,
        lowest,
        highest,
        row.doubt,
        row.set_certain,
        count,
        basis,
        row.challenge.sets[row.set_name].note if row.set_name in row.challenge.sets else None,
    )


def strata_of(
    mine: BoardRow, row: BoardRow, yours: Mapping[str, BoardRow], board: Sequence[BoardRow]
) -> list[Stratum]:
    """The finest strata for which both sides' right answers are certain.

    Where a row does not add up there is one stratum, by its total. Otherwise classes; and where the
    team's row on a single set is printed and adds up, that set's classes apart from the rest's.
    A table that is only inferred to show that set is not used.
    """
    if not (row.consistent and mine.consistent):
        return [Stratum(sum(row.cases), mine.total_hits, row.total_hits)]
    splits = board_sets(row.challenge)[row.set_name]
    singles = [
        (yours[name], single)
        for name in splits
        if len(splits) > 1 and name in yours
        for single in of_set(board, name, row.group)
        if _usable(single, row, yours[name])
    ]
    strata = [part for pair in singles for part in _by_class(*pair)]
    rest_mine, rest_row = _less(mine, [a for a, _ in singles]), _less(row, [b for _, b in singles])
    if rest_row is None or rest_mine is None:  # the team's own tables contradict each other
        return _by_class(mine, row)
    return strata + _rest_strata(mine.cases, singles, rest_mine, rest_row)


def _usable(single: BoardRow, row: BoardRow, mine: BoardRow) -> bool:
    own = single.team == row.team and single.cases == mine.cases
    return own and all(one.set_certain and one.consistent for one in (single, mine))


def _known(row: BoardRow) -> list[int]:
    return [hits or 0 for hits in row.hits]


def _by_class(mine: BoardRow, row: BoardRow) -> list[Stratum]:
    triples = zip(row.cases, _known(mine), _known(row), strict=True)
    return [Stratum(size, a, b) for size, a, b in triples if size]


def _less(row: BoardRow, singles: Sequence[BoardRow]) -> list[int] | None:
    """Right answers per class outside the single sets; None where there can't be so many."""
    sizes, left = list(row.cases), _known(row)
    for single in singles:
        sizes = [a - b for a, b in zip(sizes, single.cases, strict=True)]
        left = [a - b for a, b in zip(left, _known(single), strict=True)]
    possible = all(0 <= hits <= size for hits, size in zip(left, sizes, strict=True))
    return left if possible else None


def _rest_strata(
    cases: Sequence[int],
    singles: Sequence[tuple[BoardRow, BoardRow]],
    mine: Sequence[int],
    theirs: Sequence[int],
) -> list[Stratum]:
    """Classes of the patients outside the single sets."""
    sizes = [n - sum(b.cases[i] for _, b in singles) for i, n in enumerate(cases)]
    triples = zip(sizes, mine, theirs, strict=True)
    return [Stratum(size, a, b) for size, a, b in triples if size]


def bounds_document(bounds: Sequence[Bound], marks: Sequence[str] = ()) -> dict[str, Any]:
    """One system against the published rows as one JSON document."""
    document = [bound.as_dict() for bound in bounds]
    return {"schema": "spgc-bounds/2", "bounds": document, "marks": list(marks)}
