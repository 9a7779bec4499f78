"""The tables of the leaderboard: which rows stand in which."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spgc.board.board_rows import CHALLENGE, LATER, BoardRow, board_sets, of_set, row_of_score
from spgc.board.honest import Honest, honest
from spgc.board.rank_intervals import rank_intervals
from spgc.board.ranking import Placed, place, reorder
from spgc.challenge.definition import Challenge
from spgc.data.manifests import Manifest
from spgc.errors import SubmissionError, UsageError
from spgc.files.standard_input import GivenFile
from spgc.scoring.result import Score
from spgc.scoring.score_files import score_files
from spgc.submissions.read import systems_of_files
from spgc.submissions.reading_rules import Reading
from spgc.text.synthetic import SYNTHETIC

SCHEMA = "spgc-leaderboard/1"

EVERY = "all"


@dataclass(frozen=True)
class View:
    """One set's table: the ranked rows with the user's among them, and later results apart.

    honest: what the ranking can tell, where it was asked for.
    """

    set_name: str
    ranked: tuple[Placed, ...]
    later: tuple[Placed, ...]
    honest: Honest | None = None

    @property
    def rows(self) -> list[BoardRow]:
        return [placed.row for placed in (*self.ranked, *self.later)]

    @property
    def own(self) -> bool:
        """Whether the rows were scored on labels of the user's own."""
        return any(row.own for row in self.rows)

    @property
    def challenge(self) -> Challenge:
        """The challenge that the rows are of."""
        return self.rows[0].challenge


def set_named(name: str | None, yours: Sequence[BoardRow], challenge: Challenge) -> list[str]:
    """The sets to show for `--split`: its own, all, or without it where the user's rows stand.

    Raises UsageError for an unknown name.
    """
    sets = board_sets(challenge)
    if name is None:
        own, first = [s for s in sets if any(row.set_name == s for row in yours)], next(iter(sets))
        return [first] if first in own or not own else own
    if name == EVERY:
        return list(sets)
    if name in sets:
        return [name]
    found = challenge.set_words.one(name).name
    if found not in sets:
        raise UsageError(f"no leaderboard for {found}", expected=" | ".join((*sets, EVERY)))
    return [found]


def make_views(
    board: Sequence[BoardRow],
    sets: Sequence[str],
    yours: Sequence[BoardRow] = (),
    sort: str = "accuracy",
) -> list[View]:
    """The tables of `sets`; one without any row is left out.

    Raises SubmissionError when there are rows of the user's and none belongs to these sets.
    """
    if yours and not any(row.set_name in sets for row in yours):
        answered = list(dict.fromkeys(row.set_name for row in yours))
        raise SubmissionError(
            f"the submission has no row on {' or '.join(sets)}",
            found=" and ".join(answered),
            expected="predictions for every case of the set",
            do=f"--split {answered[0]}",
        )
    made = []
    for name in sets:
        own = of_set(yours, name)
        teams, after = of_set(board, name, CHALLENGE), of_set(board, name, LATER)
        # Where no team of the challenge is published there is no rank to have.
        ranked = _with_intervals(place([*teams, *own])) if teams else []
        later = place(after if teams else [*after, *own])
        if ranked or later:
            challenge = (ranked or later)[0].row.challenge
            teams_sorted = tuple(reorder(ranked, sort, challenge))
            made.append(View(name, teams_sorted, tuple(reorder(later, sort, challenge))))
    return made


def with_honesty(views: Sequence[View], board: Sequence[BoardRow]) -> list[View]:
    """The views with what their rankings can tell; `board` holds all published rows.

    That is computed from totals of right answers, so only where they rank.
    """
    if any(view.challenge.ranking.rule != "accuracy" for view in views):
        return list(views)
    own = [row for view in views for row in view.rows if row.yours]
    return [replace(v, honest=honest(v.set_name, v.rows, [*board, *own])) for v in views]


def _with_intervals(placed: Sequence[Placed]) -> list[Placed]:
    """Rank intervals where the whole field is published and all rows have the same scans."""
    published = [p.row for p in placed if p.row.group == CHALLENGE]
    ranking = placed[0].row.challenge.ranking
    teams = ranking.teams if ranking.rule == "accuracy" else None
    if teams is None or len(published) < teams or len({p.row.cases for p in placed}) > 1:
        return list(placed)
    intervals = rank_intervals([p.row for p in placed], published)
    return [replace(p, interval=i) for p, i in zip(placed, intervals, strict=True)]


def your_rows(
    paths: Sequence[GivenFile],
    manifest: Manifest,
    name: str | None = None,
    reading: Reading | None = None,
) -> list[BoardRow]:
    """Rows for the user's files, one for each set that they answer.

    Files that answer different cases are one system's and are joined; files with the same cases are
    a system each. Raises SubmissionError when a file is refused.
    """
    return [
        row
        for team, part, files in systems_of_files(paths, manifest, reading, name)
        for row in rows_of_score(team, score_files(files, manifest, submission=part))
    ]


def rows_of_score(team: str, result: Score) -> list[BoardRow]:
    """A row for every set that the score covers and that has a leaderboard.

    Raises SubmissionError when none has.
    """
    if result.partial:
        raise SubmissionError(
            "a score on part of the cases has no place on the leaderboard",
            found=f"{result.signature.n} of {result.signature.of} cases",
            expected="every case of a set",
            do="add the missing cases",
        )
    groups, sets = {group.name: group for group in result.groups}, board_sets(result.challenge)
    rows = [row_of_score(team, groups[name], name, result.cases) for name in sets if name in groups]
    if not rows:
        raise SubmissionError(
            "no leaderboard for these cases",
            found=" and ".join(groups),
            expected=" | ".join(sets),
            do="spgc score shows the result, spgc compare A B how two differ, spgc leaderboard "
            "FILE... --truth labels.csv how several rank",
        )
    return [replace(row, note=answers_note(result, sets[row.set_name])) for row in rows]


def answers_note(result: Score, splits: Collection[str]) -> str | None:
    """What has to be known of the answers in `splits`: how they were read, and whose they are."""
    inside = {one.case for one in result.cases if one.split in splits}
    marks = {
        "predictions not made by the model": inside & set(result.filled_in),
        "scans that training was shown without labels": inside & set(result.transductive),
        "scans that the model was trained on": inside & set(result.trained_on or ()),
        "scans by which the model was chosen": inside & set(result.chosen_by),
    }
    read = result.signature.read
    parts = [f"labels read as {read}"] if read else []
    parts += ["training scans, of what model is not known"] if result.training_unknown else []
    parts += [f"{what}: {len(cases)}" for what, cases in marks.items() if cases]
    return "; ".join(parts) or None


def views_document(views: Sequence[View]) -> dict[str, Any]:
    """The leaderboard as one JSON document."""
    return {
        "schema": SCHEMA,
        "sets": [
            {
                "set": view.set_name,
                "ranked": [_entry(p, ranked=True) for p in view.ranked],
                "later": [_entry(p, ranked=False) for p in view.later],
                **({"honest": view.honest.as_dict()} if view.honest else {}),
            }
            for view in views
        ],
    }


def _entry(placed: Placed, *, ranked: bool) -> dict[str, Any]:
    row = placed.row
    rank: Mapping[str, Any] = {
        "best": placed.best,
        "worst": placed.worst,
        "tied": placed.tied,
        "label": placed.label,
        "interval": list(placed.interval) if placed.interval else None,
    }
    names = row.challenge.names
    rates = [row.sensitivity(i) for i in range(len(names))]
    return {
        "rank": rank if ranked else None,
        "team": row.team,
        "yours": row.yours,
        "synthetic": row.foreign == SYNTHETIC,
        "foreign": row.foreign,
        "accuracy": row.accuracy.as_dict(),
        "sensitivity": {c: r.as_dict() if r else None for c, r in zip(names, rates, strict=True)},
        "doubt": row.doubt,
        "note": row.note,
        "source": row.source,
    }
