"""A board of anybody's submissions on anybody's labels, without the published rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from spgc.board.board_rows import OWN, BoardRow, row_of_score
from spgc.board.honest import honest
from spgc.board.ranking import place_own, reorder
from spgc.board.resampling import DRAWS
from spgc.board.views import View, answers_note, views_document
from spgc.data.manifests import Manifest
from spgc.errors import DataError, SpgcError
from spgc.files.foreign_names import real_path
from spgc.files.regular import is_folder
from spgc.files.standard_input import GivenFile
from spgc.files.stray import is_stray
from spgc.scoring.result import Score
from spgc.scoring.score_files import score_files
from spgc.scoring.scored_cases import ScoredCase
from spgc.submissions.read import read_among
from spgc.submissions.reading_rules import Reading
from spgc.submissions.system_names import system_names

LEAST_DRAWS = 200
MOST_DRAWN = 5_000_000
"""Patients drawn in all for the intervals of ranks: more patients get fewer draws."""

MOST_PATIENTS = 100_000
"""With more patients than this the ranks stand without what they can tell."""

MOST_SETS = 100
"""With more sets than this the ranks of all stand alone: nobody reads so many intervals."""


@dataclass(frozen=True)
class Refused:
    """A file that has no row, and why."""

    file: str
    error: SpgcError

    def as_dict(self) -> dict[str, Any]:
        return {"file": self.file, **self.error.as_dict()}


@dataclass(frozen=True)
class OwnBoard:
    """The tables, one for each set that a file answers, and the files that were refused."""

    views: tuple[View, ...]
    refused: tuple[Refused, ...]

    def as_dict(self) -> dict[str, Any]:
        """The leaderboard's document; `truth` says that the labels are the user's own."""
        refused = [one.as_dict() for one in self.refused]
        return {**views_document(self.views), "truth": OWN, "refused": refused}


def submission_files(given: Sequence[Path], truth: Path | None = None) -> list[Path]:
    """The files that `given` names: itself, or of a folder all `.csv` in it but the truth.

    Raises DataError for a folder without a submission.
    """
    found: list[Path] = []
    for path in given:
        if not is_folder(path):
            found.append(path)
            continue
        inside = [one for one in _tables(path) if not _same(one, truth)]
        if not inside:
            raise DataError(
                "folder holds no submission",
                where=path,
                expected="files that end in .csv",
                do="name the files",
            )
        found += inside
    return list(dict.fromkeys(found))


def _tables(folder: Path) -> list[Path]:
    tables = (path for path in folder.iterdir() if path.suffix.lower() == ".csv")
    return sorted(path for path in tables if not is_stray(path.name))


def _same(one: Path, truth: Path | None) -> bool:
    return truth is not None and real_path(one) == real_path(truth)


def own_board(
    files: Sequence[GivenFile],
    manifest: Manifest,
    reading: Reading | None = None,
    split: str | None = None,
    sort: str = "accuracy",
    *,
    told: bool = True,
    names: Sequence[str] | None = None,
) -> OwnBoard:
    """Rank the systems of `files`, one each, among themselves on the labels of `manifest`.

    split: the set to rank on, else each that a file answers in full. A file that can't be scored
    is refused with its reason while the others go on. told: also what the ranks can tell; names:
    of the systems, else those of their files.
    Raises UsageError for an unknown split or order.
    """
    wanted = None if split is None else manifest.splits_named(split)
    rows: list[BoardRow] = []
    refused = []
    for file, name in zip(files, names or system_names(files), strict=True):
        try:
            rows += _rows(name, file, manifest, reading, split)
        except SpgcError as error:
            refused.append(Refused(str(file), error))
    made = board_of_rows(rows, manifest, wanted, sort, told=told)
    return replace(made, refused=tuple(refused))


def board_of_rows(
    rows: Sequence[BoardRow],
    manifest: Manifest,
    wanted: Sequence[str] | None = None,
    sort: str = "accuracy",
    *,
    told: bool = True,
) -> OwnBoard:
    """The tables of rows that have been scored; wanted: the splits of a pool that is asked for.

    Raises UsageError for an unknown order.
    """
    challenge, pools = manifest.challenge, manifest.challenge.set_words.pools
    sets = list(dict.fromkeys(row.set_name for row in rows))
    if wanted is not None and len(wanted) > 1:
        sets = [one for one in sets if set(pools.get(one, ())) == set(wanted)] or sets
    order = {name: place for place, name in enumerate((*manifest.splits(), *pools))}
    reorder([], sort, challenge)  # a wrong order is told even where every file is refused
    of_sets: dict[str, list[BoardRow]] = {}
    for row in rows:
        of_sets.setdefault(row.set_name, []).append(row)
    told = told and len(sets) <= MOST_SETS
    views = [
        _view(one, of_sets[one], rows, sort, told=told)
        for one in sorted(sets, key=order.__getitem__)
    ]
    return OwnBoard(tuple(views), ())


def _rows(
    name: str, file: GivenFile, manifest: Manifest, reading: Reading | None, split: str | None
) -> list[BoardRow]:
    submission = read_among(file, manifest, split, reading)
    # The board shows counts and exact intervals: the bootstrap would be for nothing.
    result = score_files([file], manifest, resamples=1, submission=submission)
    return rows_of_system(name, result)


def rows_of_system(name: str, result: Score) -> list[BoardRow]:
    """A row for each set that a score covers, and for each pool of them."""
    notes = answers_note(result, result.splits)
    scored: dict[str, list[ScoredCase]] = {}
    for one in result.cases:
        scored.setdefault(one.split, []).append(one)
    rows = []
    for group in result.groups:
        single = len(group.splits) == 1
        inside = scored.get(group.splits[0], ()) if single else result.cases
        row = row_of_score(name, group, group.name, inside)
        rows.append(replace(row, group=OWN, note=notes))
    return rows


def _view(
    name: str, inside: Sequence[BoardRow], rows: Sequence[BoardRow], sort: str, *, told: bool
) -> View:
    """One table of the rows `inside` it, beside all `rows`; told: with what ranks can tell."""
    challenge = inside[0].challenge
    made = View(name, tuple(reorder(place_own(inside), sort, challenge)), ())
    patients = sum(inside[0].cases)
    # What ranks can tell is computed from totals of right answers.
    if patients > MOST_PATIENTS or not told or challenge.ranking.rule != "accuracy":
        return made
    draws = min(DRAWS, max(LEAST_DRAWS, MOST_DRAWN // patients))
    return replace(made, honest=honest(name, inside, rows, draws))
