"""Leaderboard rows: one JSON each, with what was reported, what follows from it, and doubts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.challenge.definition import Challenge
from spgc.errors import LeaderboardError
from spgc.files.json_documents import read_json
from spgc.files.stray import is_stray
from spgc.scoring.counts import Rate
from spgc.scoring.group import GroupScore

if TYPE_CHECKING:
    from spgc.board.published_answers import PublishedAnswers
    from spgc.scoring.scored_cases import ScoredCase

CHALLENGE, LATER, YOURS = "challenge", "later", "yours"

OWN = "own"
"""Rows that were scored on the user's own labels: ranked among themselves, never among others."""

GROUPS = (CHALLENGE, LATER)
"""Folders of published rows: the challenge's own results, and those published after it."""


@lru_cache(maxsize=64)
def board_sets(challenge: Challenge) -> Mapping[str, tuple[str, ...]]:
    """Sets of a challenge that have a table, what ranks first, with the splits that they pool."""
    ranks = [challenge.overall] if challenge.overall else []
    further = [pool for pool in challenge.pools.values() if pool not in ranks]
    return {
        **{pool.name: pool.sets for pool in ranks},
        **{one.name: (one.name,) for one in challenge.sets.values() if one.board},
        **{pool.name: pool.sets for pool in further},
    }


@dataclass(frozen=True)
class BoardRow:
    """One result on one set.

    hits: right answers per class in the challenge's order, None where unpublished; total_hits: the
    number that ranks, from the accuracy or total as printed; cases: scans per class; foreign: the
    mark of a row that was not scored on the challenge's patients; answers: those that it was
    scored from, where they are published scan by scan; scored: every scan with its answer, of
    such rows and of the user's, and empty where answers are unknown; challenge: whose sets and
    classes these are.
    """

    team: str
    group: str
    set_name: str
    cases: tuple[int, ...]
    hits: tuple[int | None, ...]
    total_hits: int
    source: str
    doubt: str | None = None
    note: str | None = None
    set_certain: bool = True
    position: int | None = None
    foreign: str | None = None
    document: Mapping[str, Any] | None = None
    answers: PublishedAnswers | None = None
    scored: tuple[ScoredCase, ...] = field(default=(), repr=False, compare=False)
    challenge: Challenge = field(kw_only=True, repr=False, compare=False)

    @property
    def accuracy(self) -> Rate:
        return Rate(self.total_hits, sum(self.cases))

    def sensitivity(self, position: int) -> Rate | None:
        """Hits and cases of a class; None where unpublished."""
        hits = self.hits[position]
        return None if hits is None else Rate(hits, self.cases[position])

    @property
    def consistent(self) -> bool:
        """Every class's hits are known and they sum to the total."""
        known = [hits for hits in self.hits if hits is not None]
        lacking = [n for hits, n in zip(self.hits, self.cases, strict=True) if hits is None]
        return not any(lacking) and sum(known) == self.total_hits

    @cached_property
    def right(self) -> frozenset[str]:
        """The scans that are answered right, by case ID; empty where answers are unknown."""
        return frozenset(one.case for one in self.scored if one.right)

    @property
    def yours(self) -> bool:
        return self.group == YOURS

    @property
    def own(self) -> bool:
        """Whether it stands on the board of the user's own labels, which has no published rows."""
        return self.group == OWN


def read_board(folder: Path, challenge: Challenge) -> list[BoardRow]:
    """All rows of a challenge in `folder`, by path.

    Raises LeaderboardError, naming the file, for a row that is not one, and where there is none.
    """
    paths = board_files(folder)
    if not paths:
        raise LeaderboardError(
            "no leaderboard rows",
            where=folder,
            expected="challenge/<set>/<team>.json",
            do="check the path",
        )
    return [read_row(path, challenge) for path in paths]


def board_files(folder: Path) -> list[Path]:
    """The row files of a folder of published results, the challenge's own first."""
    return [path for group in GROUPS for path in row_files(folder / group)]


def row_files(folder: Path) -> list[Path]:
    """The row files below a folder, without what a system left there, such as `._a.json`."""
    return sorted(path for path in folder.rglob("*.json") if not is_stray(path.name))


def read_row(path: Path, challenge: Challenge) -> BoardRow:
    """One row file. Raises LeaderboardError when it can't be read or lacks a part."""
    try:
        return row_of(read_json(path), challenge)
    except OSError as error:
        raise LeaderboardError("can't read row", where=path, found=error.strerror) from error
    except (KeyError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise LeaderboardError(
            "not a leaderboard row",
            where=path,
            found=f"{type(error).__name__}: {error}",
            expected="the form in leaderboard/README.md",
        ) from error


def row_of(document: Mapping[str, Any], challenge: Challenge) -> BoardRow:
    """A row from its JSON document.

    Raises KeyError, TypeError, ValueError or OverflowError for a wrong one.
    """
    cases, follows, source = document["cases"], document["follows"], document["source"]
    row = BoardRow(
        team=str(document["team"]),
        group=str(document["group"]),
        set_name=str(document["set"]),
        cases=tuple(int(cases[name]) for name in challenge.names),
        hits=tuple(_count(follows["hits"][name]) for name in challenge.names),
        total_hits=int(follows["total_hits"]),
        source=f"{source['citation']}, {source['place']}",
        doubt=document.get("doubt"),
        note=document.get("note"),
        set_certain=bool(document.get("set_certain", True)),
        position=_count(document.get("position_printed")),
        document=document,
        challenge=challenge,
    )
    for what, found, known in (
        ("group", row.group, GROUPS),
        ("set", row.set_name, board_sets(challenge)),
    ):
        if found not in known:
            raise ValueError(f"{what} {found!r}, none of {', '.join(known)}")
    if challenge.ranking.rule != "accuracy" and not row.consistent:
        raise ValueError(
            f"{challenge.ranking.rule} ranks, and hits per class don't sum to the total"
        )
    for name, hits, size in zip(challenge.names, row.hits, row.cases, strict=True):
        if not 0 <= (hits or 0) <= size:
            raise ValueError(f"{hits} of {size} cases of {name}")
    if not 0 <= row.total_hits <= sum(row.cases):
        raise ValueError(f"total_hits {row.total_hits} of {sum(row.cases)}")
    return row


def _count(value: Any) -> int | None:
    return None if value is None else int(value)


def row_of_score(
    team: str, group: GroupScore, set_name: str, scored: Iterable[ScoredCase] = ()
) -> BoardRow:
    """The user's row from the score on a set; of `scored` the cases of the set are kept."""
    confusion = group.confusion
    rates = [confusion.sensitivity(i) for i in range(len(confusion.counts))]
    hits = tuple(rate.hits if rate.total else None for rate in rates)
    return BoardRow(
        team,
        YOURS,
        set_name,
        tuple(rate.total for rate in rates),
        hits,
        confusion.accuracy.hits,
        "scored here",
        foreign=group.foreign,
        scored=tuple(one for one in scored if one.split in group.splits),
        challenge=group.challenge,
    )


def same_patients(one: BoardRow, two: BoardRow) -> bool:
    """Whether both rows' answers are known scan by scan, and on the same scans."""
    cases = {scan.case for scan in one.scored}
    return bool(cases) and cases == {scan.case for scan in two.scored}


def of_set(rows: Iterable[BoardRow], set_name: str, group: str | None = None) -> list[BoardRow]:
    """The rows of one set, of one group or of all."""
    return [r for r in rows if r.set_name == set_name and group in (None, r.group)]
