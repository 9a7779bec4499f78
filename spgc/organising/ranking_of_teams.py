"""Ranking a folder of submissions: which one of each team counts, and the boards of both parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from spgc.board.own_board import OwnBoard, Refused, board_of_rows, rows_of_system
from spgc.challenge.definition import Challenge
from spgc.data.challenge_cases import challenge_manifest
from spgc.data.manifests import Manifest
from spgc.errors import SpgcError, SubmissionError
from spgc.organising.team_files import TeamFile, other_files, refuse_link, refuse_rival, team_files
from spgc.scoring.counts import pooled
from spgc.scoring.result import Score
from spgc.scoring.score_files import score_files
from spgc.submissions.read import read_submission
from spgc.submissions.submission import Submission


@dataclass(frozen=True)
class CountedFile:
    """The submission of a team that counts, and how many of the team's could be scored."""

    team: str
    path: Path
    scored: int

    def as_dict(self) -> dict[str, Any]:
        return {"team": self.team, "file": str(self.path), "scored": self.scored}


@dataclass(frozen=True)
class TeamBoards:
    """The board of everything, that of the public sets (None where all are), and what counted."""

    challenge: Challenge
    final: OwnBoard
    public: OwnBoard | None
    counted: tuple[CountedFile, ...]

    @property
    def refused(self) -> tuple[Refused, ...]:
        return self.final.refused

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": "spgc-challenge-score/1",
            "title": self.challenge.title,
            "challenge": f"{self.challenge.key}@{self.challenge.digest}",
            "final": self.final.as_dict()["sets"],
            "public": None if self.public is None else self.public.as_dict()["sets"],
            "counted": [one.as_dict() for one in self.counted],
            "refused": [one.as_dict() for one in self.refused],
        }


def rank_teams(challenge: Challenge, folder: Path) -> TeamBoards:
    """Rank the submissions of a folder; a file that can't be scored doesn't stop the others.

    Of a team its last or its best submission counts, as the challenge says; the best by the public
    sets, where there are some. Raises DataError for a folder without a submission and for a
    challenge whose truth is not here.
    """
    manifest = challenge_manifest(challenge)
    scored: dict[str, list[tuple[TeamFile, Score, Submission]]] = {}
    refused = []
    for one in team_files(folder):
        try:
            refuse_link(one.path, folder)
            refuse_rival(one)
            made = _scored(one, challenge, manifest)
        except SpgcError as error:
            refused.append(Refused(str(one.path), error))
        else:
            scored.setdefault(one.team, []).append((one, *made))
    refused += other_files(folder)
    rows, public_rows, counted = [], [], []
    public = [name for name in challenge.ranked if challenge.sets[name].public]
    for team, own in scored.items():
        file, result, submission = _counting(own, challenge, public)
        counted.append(CountedFile(team, file.path, len(own)))
        rows += rows_of_system(team, result)
        if part := _part(submission, manifest, public):
            shown = score_files([file.path], manifest, resamples=1, submission=part)
            public_rows += rows_of_system(team, shown)
    hidden = 0 < len(public) < len(challenge.ranked)
    final = board_of_rows(rows, manifest)
    return TeamBoards(
        challenge,
        replace(final, refused=tuple(refused)),
        board_of_rows(public_rows, manifest) if hidden else None,
        tuple(counted),
    )


def _scored(one: TeamFile, challenge: Challenge, manifest: Manifest) -> tuple[Score, Submission]:
    """The score of one file, which has to answer every ranked set."""
    limit = challenge.limits.submissions
    if limit is not None and one.number > limit:
        raise SubmissionError(
            f"more submissions of {one.team} than the challenge allows",
            where=str(one.path),
            found=f"number {one.number}",
            expected=f"{limit} at most",
        )
    ranked = challenge.ranked
    split = challenge.overall.name if challenge.overall else ranked[0]
    submission = read_submission(one.path, manifest, split)
    # Boards show counts and exact intervals: the bootstrap would be for nothing.
    result = score_files([one.path], manifest, resamples=1, submission=submission)
    return result, submission


def _counting(
    own: Sequence[tuple[TeamFile, Score, Submission]], challenge: Challenge, public: Sequence[str]
) -> tuple[TeamFile, Score, Submission]:
    if challenge.ranking.counted == "last":
        return own[-1]
    names = public or challenge.ranked

    def rank_value(entry: tuple[TeamFile, Score, Submission]) -> float:
        parts = [entry[1].splits[name].confusion for name in names]
        counts = pooled(parts, len(challenge.names))
        balanced = challenge.ranking.rule == "balanced accuracy"
        value = counts.balanced_accuracy if balanced else counts.accuracy.value
        return value or 0.0

    return max(own, key=rank_value)


def _part(whole: Submission, manifest: Manifest, sets: Sequence[str]) -> Submission | None:
    """What a submission answers of some sets; None where that is nothing."""
    labels = {c: label for c, label in whole.predictions.items() if manifest[c].split in sets}
    return Submission(labels) if labels else None


def board_files(boards: TeamBoards) -> Iterator[tuple[str, OwnBoard]]:
    """The boards by the name of their files: `board`, and `board-public` of the public sets."""
    yield "board", boards.final
    if boards.public is not None:
        yield "board-public", boards.public
