"""One submission, from its bytes to the line in the log: read, then counted and stored at once."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from spgc.disclosure.ladder import Ladder
from spgc.errors import SubmissionError
from spgc.serving.challenge_states import check_open, state_of
from spgc.serving.database import Database
from spgc.serving.event_log import append, stamp
from spgc.serving.served_challenge import (
    Results,
    Served,
    answer_hash,
    counted_hits,
    results_json,
)
from spgc.serving.shown_feedback import shown_json, shown_of
from spgc.serving.team_limits import TeamUse, use_of
from spgc.serving.tokens import Team, team_of
from spgc.submissions.problems import Problem
from spgc.submissions.validate import refusal, validate_bytes

FILE = Path("submission.csv")
"""What a submission is called in messages; names that clients give are not taken."""


class UnreadableFileError(SubmissionError):
    """The validator's refusal of a file, with all `problems` that it found."""

    problems: tuple[Problem, ...] = ()


Clock = Callable[[], datetime]


@dataclass(frozen=True)
class ReadAnswers:
    """What was read of a file: one byte per case, hashes, results, and what reading repaired."""

    content: bytes
    file_hash: str
    answers: bytes
    answer_hash: str
    results: Results
    notes: tuple[str, ...]


def read_answers_of(served: Served, content: bytes) -> ReadAnswers:
    """Read a submission by the validator, which sees no label. Raises UnreadableFileError."""
    report = validate_bytes(content, served.split, served.known, FILE)
    if report.submission is None:
        error = refusal(report)
        made = UnreadableFileError(
            error.what, where=error.where, found=error.found, expected=error.expected, do=error.do
        )
        made.problems = report.problems
        raise made
    predictions = report.submission.predictions
    answers = served.answers_of(predictions)
    return ReadAnswers(
        content,
        hashlib.sha256(content).hexdigest(),
        answers,
        answer_hash(served.known, predictions),
        served.results_of(answers),
        tuple(_note(problem) for problem in report.problems),
    )


def _note(problem: Problem) -> str:
    where = f"line {problem.line}: " if problem.line else ""
    found = f": found {problem.found}" if problem.found else ""
    return f"{where}{problem.what}{found}"


def accept(
    database: Database, served: Served, token: str, content: bytes, clock: Clock
) -> tuple[Team, int, tuple[str, ...]]:
    """Take a submission; the team, its number, and what reading repaired.

    The same file sent again by the same team is the same submission, and costs nothing: who lost
    the answer may ask again. Raises TokenError, ClosedError, OverLimitError, NoneLeftError,
    UnreadableFileError.
    """
    digest, moment = hashlib.sha256(content).hexdigest(), clock()
    with database.reading() as connection:
        team = team_of(connection, token)
        before = _sent_before(connection, team, digest)
        if before is not None:
            return team, before, ("this file was sent before: nothing is counted again",)
        check_open(state_of(connection), served.challenge, moment)
        use = _use(connection, team, served, moment)
    use.check()
    use.check_invalid()
    try:
        read = read_answers_of(served, content)
    except UnreadableFileError:
        _count_invalid(database, served, token, digest, clock())
        raise
    with database.writing() as connection:
        moment = clock()
        team = team_of(connection, token)  # it may have been revoked since
        check_open(state_of(connection), served.challenge, moment)
        number = _sent_before(connection, team, digest)
        if number is None:
            _use(connection, team, served, moment).check()
            number = _store(connection, served, team, read, moment)
    return team, number, read.notes


def _use(connection: sqlite3.Connection, team: Team, served: Served, moment: datetime) -> TeamUse:
    limits = served.challenge.limits
    return use_of(connection, team, limits, served.invalid_per_hour, moment)


def _sent_before(connection: sqlite3.Connection, team: Team, digest: str) -> int | None:
    row = connection.execute(
        "SELECT number FROM submissions WHERE team = ? AND file_hash = ?", (team.number, digest)
    ).fetchone()
    return None if row is None else int(row[0])


def _count_invalid(
    database: Database, served: Served, token: str, digest: str, moment: datetime
) -> None:
    """Note an unreadable file in the log. Raises OverLimitError where there were too many."""
    with database.writing() as connection:
        team = team_of(connection, token)
        _use(connection, team, served, moment).check_invalid()
        append(connection, stamp(moment), "invalid", team.name, file=digest)


def _store(
    connection: sqlite3.Connection, served: Served, team: Team, read: ReadAnswers, moment: datetime
) -> int:
    """Store a submission and its line in the log; its number."""
    newest = connection.execute("SELECT COALESCE(MAX(number), 0) FROM submissions").fetchone()
    number = 1 + int(newest[0])
    best, ladder = ladder_of_team(connection, served, team.number)
    shown, after = shown_of(served, read.results, read.answers, ladder)
    if after is not ladder:
        best = number
    text, time = shown_json(shown), stamp(moment)
    connection.execute(
        "INSERT INTO submissions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            team.number,
            time,
            read.file_hash,
            read.answer_hash,
            read.content,
            read.answers,
            results_json(read.results),
            counted_hits(read.results),
            text,
            best,
            after.score,
        ),
    )
    append(
        connection,
        time,
        "submission",
        team.name,
        number=number,
        file=read.file_hash,
        answers=read.answer_hash,
        shown=text,
    )
    return number


def ladder_of_team(
    connection: sqlite3.Connection, served: Served, team: int
) -> tuple[int | None, Ladder]:
    """What the ladder showed a team so far: number of its best submission, and the ladder."""
    row = connection.execute(
        "SELECT ladder_best, ladder_score FROM submissions WHERE team = ? "
        "ORDER BY number DESC LIMIT 1",
        (team,),
    ).fetchone()
    if row is None or row[0] is None:
        return None, Ladder()
    best = connection.execute("SELECT answers FROM submissions WHERE number = ?", row[:1])
    return row[0], Ladder(best=tuple(served.in_public(best.fetchone()[0])), score=row[1])
