"""`spgc serve audit`: the log's chain, what was copied, and every submission scored once more."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spgc.data.manifests import Manifest
from spgc.disclosure.ladder import Ladder
from spgc.errors import SpgcError
from spgc.scoring.score_submission import score_submission
from spgc.serving.audited_log import copied_faults, sqlite_faults
from spgc.serving.audited_rules import broken_rules
from spgc.serving.audited_tables import duplicates, table_faults
from spgc.serving.damage import damage_told
from spgc.serving.database import Database
from spgc.serving.event_log import LogLine, broken_links, head, read_log
from spgc.serving.file_schema import lacks_triggers
from spgc.serving.served_challenge import (
    Served,
    counted_hits,
    load_served,
    results_from,
    results_json,
)
from spgc.serving.shown_feedback import shown_json, shown_of
from spgc.serving.submitting import read_answers_of
from spgc.submissions.submission import Submission


@dataclass(frozen=True)
class ServerAudit:
    """What an audit found: `wrong` is empty where all holds.

    head: the hash of the last line of the log, which stands for all; duplicates: of submissions of
    several teams with the same predictions, the teams and their numbers.
    """

    lines: int
    head: str
    submissions: int
    wrong: tuple[str, ...]
    duplicates: tuple[str, ...]

    @property
    def good(self) -> bool:
        return not self.wrong

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": "spgc-serve-audit/1",
            "good": self.good,
            "log_lines": self.lines,
            "head": self.head,
            "submissions": self.submissions,
            "wrong": list(self.wrong),
            "duplicates": list(self.duplicates),
        }


def audit_server(path: Path) -> ServerAudit:
    """Check everything that the file holds; it may be in use meanwhile.

    Raises DataError for a file that is none of a served challenge.
    """
    with (
        closing(Database(path)) as database,
        database.reading() as connection,
        damage_told(path),
    ):
        served = load_served(connection)
        lines = list(read_log(connection))
        wrong = [
            *_file_faults(connection),
            *broken_links(iter(lines)),
            *copied_faults(served, lines),
            *_submissions(connection, served, lines),
            *table_faults(connection, lines),
            *broken_rules(served.challenge, lines),
        ]
        number, digest = head(connection)
        count = connection.execute("SELECT COUNT(*) FROM submissions").fetchone()[0]
        alike = tuple(duplicates(connection))
    return ServerAudit(number, digest, count, tuple(wrong), alike)


def _file_faults(connection: sqlite3.Connection) -> Iterator[str]:
    yield from sqlite_faults(connection)
    if lacks_triggers(connection):
        yield "what refuses changes was taken out of the file"
    if connection.execute("PRAGMA foreign_key_check").fetchall():
        yield "SQLite: lines that belong to no team or submission"


def _submissions(
    connection: sqlite3.Connection, served: Served, lines: list[LogLine]
) -> Iterator[str]:
    """Each submission read and scored again, and shown again in the order in which they came."""
    logged = {line.details["number"]: line for line in lines if line.event == "submission"}
    ladders: dict[int, _TeamLadder] = defaultdict(_TeamLadder)
    truth = Manifest({case.case_id: case for case in served.cases}, challenge=served.challenge)
    number = 0
    for row in connection.execute(_ROWS):
        number += 1
        sent = _Sent(*row)
        line = logged.pop(sent.number, None)
        faults = list(_scored(served, truth, sent, ladders)) + list(_logged(sent, line))
        yield from (f"submission {sent.number}: {fault}" for fault in faults)
        if sent.number != number:
            yield f"submission {number} is missing"
            number = sent.number
    for lost in sorted(logged):
        yield f"submission {lost} stands in the log and is missing"


_ROWS = (
    "SELECT submissions.number, team, name, time, file_hash, answer_hash, content, answers, "
    "results, shown, counted_hits, ladder_best, ladder_score "
    "FROM submissions JOIN teams ON teams.number = team ORDER BY submissions.number"
)


@dataclass(frozen=True)
class _Sent:
    """A stored submission."""

    number: int
    team: int
    name: str
    time: str
    file_hash: str
    answer_hash: str
    content: bytes
    answers: bytes
    results: str
    shown: str
    counted_hits: int
    ladder_best: int | None
    ladder_score: int | None


@dataclass(frozen=True)
class _TeamLadder:
    """The ladder of a team, and the number of the submission that it shows."""

    ladder: Ladder = field(default_factory=Ladder)
    best: int | None = None


def _scored(
    served: Served, truth: Manifest, sent: _Sent, ladders: dict[int, _TeamLadder]
) -> Iterator[str]:
    try:
        read = read_answers_of(served, sent.content)
    except SpgcError as error:
        yield f"can't be read again: {error}"
        return
    if hashlib.sha256(sent.content).hexdigest() != sent.file_hash:
        yield "the file is not the one that was sent"
    if (read.answers, read.answer_hash) != (sent.answers, sent.answer_hash):
        yield "the predictions are not those of the file"
    if results_json(read.results) != sent.results or not _agrees(served, truth, sent):
        yield "the results are not those of the predictions"
    if counted_hits(read.results) != sent.counted_hits:
        yield "the score by which the best one counts is not that of the results"
    before = ladders[sent.team]
    shown, ladder = shown_of(served, read.results, read.answers, before.ladder)
    best = before.best if ladder is before.ladder else sent.number
    ladders[sent.team] = _TeamLadder(ladder, best)
    if shown_json(shown) != sent.shown:
        yield "what was shown does not follow from the results"
    if (best, ladder.score) != (sent.ladder_best, sent.ladder_score):
        yield "the ladder is not what follows from the submissions"


def _agrees(served: Served, truth: Manifest, sent: _Sent) -> bool:
    """Whether `spgc score` counts the same, set by set and class by class."""
    names = served.challenge.names
    given = {
        case.case_id: names[answer]
        for case, answer in zip(served.cases, sent.answers, strict=True)
        if answer < len(names)
    }
    score = score_submission(Submission(given), truth, resamples=1)
    results = results_from(sent.results)
    for name in served.challenge.ranked:
        parts = [part[name] for part in results.values() if name in part]
        counted = [sum(hits) for hits in zip(*parts, strict=True)]
        matrix = score.splits[name].confusion.counts
        if counted != [row[place] for place, row in enumerate(matrix)]:
            return False
    return True


def _logged(sent: _Sent, line: LogLine | None) -> Iterator[str]:
    if line is None:
        yield "stands not in the log"
        return
    said = (line.team, line.time, line.details["file"], line.details["answers"])
    if said != (sent.name, sent.time, sent.file_hash, sent.answer_hash):
        yield "is not what the log says of it"
    if line.details["shown"] != sent.shown:
        yield "what was shown is not what the log says"
