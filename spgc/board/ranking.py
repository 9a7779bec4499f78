"""Ranks with ties; where the paper printed only the best, a rank is a range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from spgc.board.board_rows import CHALLENGE, BoardRow
from spgc.challenge.definition import Challenge
from spgc.errors import UsageError


@dataclass(frozen=True)
class Placed:
    """A row with the ranks that it may have; `tied` with at least one other row shown.

    interval: ranks that other patients of the same kind might have given, where all teams are
    published.
    """

    row: BoardRow
    best: int
    worst: int
    tied: bool
    interval: tuple[int, int] | None = None

    @property
    def mark(self) -> str:
        """The label as tables show it: in brackets for the user's row, which takes no rank."""
        return f"({self.label})" if self.row.yours else self.label

    @property
    def label(self) -> str:
        """`5`, `6=` for a tie, `6–10` where the unprinted teams leave it open."""
        if self.best != self.worst:
            return f"{self.best}–{self.worst}"
        return f"{self.best}{'=' if self.tied else ''}"


def place(rows: Sequence[BoardRow]) -> list[Placed]:
    """Rank the challenge's rows of one set, and the user's among them, by share of right answers.

    The user's own row takes no place from a team: teams are ranked among themselves, the user's
    row where it would have stood. Rows of equal rank are listed by the sensitivity of the class
    that the challenge names for it, then as given.
    """
    published = [row for row in rows if row.group == CHALLENGE]
    placed = []
    for row in sorted(rows, key=_by_share):
        best, worst = _ranks(row, published)
        tied = any(o is not row and share(o) == share(row) for o in rows)
        placed.append(Placed(row, best, worst, tied))
    return placed


def place_own(rows: Sequence[BoardRow]) -> list[Placed]:
    """Rank rows among themselves by the challenge's rule; equal ones share the better rank."""
    shares = [share(row) for row in rows]
    return [
        Placed(row, rank, rank, tied=shares.count(share(row)) > 1)
        for row in sorted(rows, key=_by_share)
        if (rank := 1 + sum(other > share(row) for other in shares))
    ]


def share(row: BoardRow) -> Fraction:
    """What ranks, exactly: two rows tie when these are equal.

    Right answers out of all or, where the challenge ranks by balanced accuracy, their mean share
    over the classes that the set holds.
    """
    if row.challenge.ranking.rule == "accuracy":
        return Fraction(row.total_hits, sum(row.cases))
    shares = [Fraction(h or 0, n) for h, n in zip(row.hits, row.cases, strict=True) if n]
    return sum(shares, Fraction(0)) / len(shares)


def _by_share(row: BoardRow) -> tuple[Fraction, Fraction]:
    first = row.challenge.ranking.tie_break
    if first is None:
        return -share(row), Fraction(0)
    place = row.challenge.names.index(first)
    return -share(row), -Fraction(row.hits[place] or 0, row.cases[place] or 1)


def _ranks(row: BoardRow, published: Sequence[BoardRow]) -> tuple[int, int]:
    """Best and worst rank among all teams, of whom only the best may be printed."""
    own = share(row)
    best = worst = 1 + sum(share(other) > own for other in published)
    if row.set_name not in row.challenge.ranked or not published:
        return best, worst
    # Teams that are left out have at most the lowest total of the unbroken top list; without one
    # they may have any.
    printed = [other for other in published if other.position is not None]
    top_list = [other for other in printed if not _below_gap(other, printed)]
    if not top_list or own < min(map(share, top_list)):
        worst += max(0, (row.challenge.ranking.teams or 0) - len(published))
    for other in printed:
        if other.position is not None and _below_gap(other, printed):
            best, worst = _bounded(own, share(other), other.position, best, worst)
    return best, worst


def _bounded(
    own: Fraction, other: Fraction, position: int, best: int, worst: int
) -> tuple[int, int]:
    """Ranks left open, narrowed by a row whose position below the gap is printed."""
    if own == other:
        return position, position
    if own < other:
        return max(best, position + 1), worst
    return best, min(worst, position)


def _below_gap(row: BoardRow, published: Sequence[BoardRow]) -> bool:
    """The row stands below a gap: its printed position exceeds the number of rows printed."""
    return row.position is not None and row.position > len(published)


def _accuracy(row: BoardRow) -> float:
    return row.accuracy.value or 0.0


def _class_value(position: int) -> Callable[[BoardRow], float]:
    def value(row: BoardRow) -> float:
        rate = row.sensitivity(position)
        return -1.0 if rate is None or rate.value is None else rate.value

    return value


def sorts_of(challenge: Challenge) -> dict[str, Callable[[BoardRow], float]]:
    """What rows can be ordered by, besides `team`: accuracy, or a class by its lower-case name."""
    classes = {name.lower(): _class_value(i) for i, name in enumerate(challenge.names)}
    return {"accuracy": _accuracy, **classes}


def reorder(placed: Sequence[Placed], sort: str, challenge: Challenge) -> list[Placed]:
    """The same rows in another order: by `accuracy`, a class's sensitivity, or `team`.

    Raises UsageError for another word.
    """
    if sort == "team":
        return sorted(placed, key=lambda p: p.row.team.lower())
    sorts = sorts_of(challenge)
    if sort not in sorts:
        raise UsageError(
            "unknown order",
            found=repr(sort),
            expected=" | ".join((*sorts, "team")),
            do="name one of them",
        )
    return sorted(placed, key=lambda p: -sorts[sort](p.row))
