"""Checking a submission as a leaderboard entry: valid or not, its rank, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spgc.board.board_rows import CHALLENGE, BoardRow, of_set
from spgc.board.bounds import Bound, against
from spgc.board.honest import MayBeBest
from spgc.board.ranking import Placed
from spgc.board.views import make_views, rows_of_score, with_honesty
from spgc.data.manifests import Manifest
from spgc.errors import SpgcError
from spgc.scoring.result import Score
from spgc.scoring.score_files import score_files
from spgc.submissions.read import joined
from spgc.submissions.reading_rules import Reading
from spgc.submissions.validate import ValidationReport, validate


@dataclass(frozen=True)
class EntryStanding:
    """The entry on one set; `placed` and `best` are None where no team of the challenge is."""

    row: BoardRow
    placed: Placed | None
    teams: int
    bounds: tuple[Bound, ...]
    may_be_best: MayBeBest | None


@dataclass(frozen=True)
class Entry:
    """The verdict on one entry; it is valid when `reasons` is empty."""

    name: str
    reports: tuple[ValidationReport, ...]
    reasons: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    standings: tuple[EntryStanding, ...] = ()
    score: Score | None = None

    @property
    def valid(self) -> bool:
        return not self.reasons

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": "spgc-entry/2",
            "name": self.name,
            "valid": self.valid,
            "reasons": list(self.reasons),
            "lacks": list(self.lacks),
            "files": [report.as_dict() for report in self.reports],
            "signature": str(self.score.signature) if self.score else None,
            "sets": [_set(one) for one in self.standings],
        }


def _set(one: EntryStanding) -> dict[str, Any]:
    placed = one.placed
    return {
        "set": one.row.set_name,
        "accuracy": one.row.accuracy.as_dict(),
        "right_by_class": list(one.row.hits),
        "rank": placed.label if placed else None,
        "rank_interval": list(placed.interval) if placed and placed.interval else None,
        "may_be_best": one.may_be_best,
        "against": [bound.as_dict() for bound in one.bounds],
    }


def check_entry(
    paths: Sequence[Path],
    manifest: Manifest,
    board: Sequence[BoardRow],
    name: str | None = None,
    reading: Reading | None = None,
) -> Entry:
    """Judge files that together are one system's. Never raises for what they hold."""
    name = name or " + ".join(path.stem for path in paths)
    reports = tuple(validate(path, None, manifest, reading) for path in paths)
    refused = [f"{p.name} can't be scored" for p, r in zip(paths, reports, strict=True) if not r.ok]
    if refused:
        return Entry(name, reports, tuple(refused))
    twice = _twice(reports)
    if twice:
        return Entry(name, reports, (f"{twice} is in two files: an entry is one system",))
    try:
        whole = joined([report.accepted() for report in reports], manifest)
        score = score_files(paths, manifest, None, reading, submission=whole)
        rows = rows_of_score(name, score)
    except SpgcError as error:
        return Entry(name, reports, (str(error),))
    foreign = next((row.foreign for row in rows if row.foreign), None)
    if foreign:
        reason = f"{foreign}: the leaderboard is on the challenge's patients"
        return Entry(name, reports, (reason,), score=score)
    return Entry(name, reports, (), tuple(_lacks(score)), tuple(_standings(rows, board)), score)


def _twice(reports: Sequence[ValidationReport]) -> str | None:
    seen: set[str] = set()
    for report in reports:
        for case in report.accepted().predictions:
            if case in seen:
                return case
            seen.add(case)
    return None


def _lacks(score: Score) -> Iterator[str]:
    """What would make the entry more than it is; nothing of it makes it invalid."""
    challenge = score.challenge
    missing = [name for name in challenge.ranked if name not in score.splits]
    if missing:
        scans = sum(challenge.sets[name].size for name in challenge.ranked)
        lost = f"so no rank on the {scans} ranked scans"
        yield f"no predictions on {' and '.join(missing)}, {lost}"
    if any(one.probabilities is None for one in score.cases):
        yield "no probabilities for every scan, so no AUC and no calibration"
    if score.signature.model is None:
        yield "no record of the run next to the files, so the model's hash is unknown"
    if score.filled_in:
        first = score.filled_in[0]
        yield f"{len(score.filled_in)} predictions not made by the model, {first} first"
    if score.transductive:
        yield f"{len(score.transductive)} scans that the model was shown without labels"
    if score.trained_on:
        yield f"{len(score.trained_on)} scans that the model was trained on, labels and all"
    if score.chosen_by:
        yield f"{len(score.chosen_by)} scans by which the model was chosen"


def _standings(rows: Sequence[BoardRow], board: Sequence[BoardRow]) -> Iterator[EntryStanding]:
    sets = [row.set_name for row in rows]
    views = {v.set_name: v for v in with_honesty(make_views(board, sets, rows), board)}
    for row in rows:
        view = views[row.set_name]
        placed = next((p for p in view.ranked if p.row is row), None)
        found = view.honest.standings if view.honest else ()
        told = next((standing for standing in found if standing.row is row), None)
        bounds = _against(row, rows, board)
        teams = len(of_set(board, row.set_name, CHALLENGE))
        yield EntryStanding(row, placed, teams, bounds, told.may_be_best if told else None)


def _against(
    row: BoardRow, rows: Sequence[BoardRow], board: Sequence[BoardRow]
) -> tuple[Bound, ...]:
    """The set's comparisons; none where nothing on it is published."""
    if not any(one.group == CHALLENGE or one.scored for one in of_set(board, row.set_name)):
        return ()
    return tuple(b for b in against(rows, board) if b.set_name == row.set_name)
