"""What a served challenge holds, compared with its log, without scoring a file again.

That takes a second for 10,000 submissions: it is done whenever the file is opened to show results.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from spgc.errors import DataError
from spgc.serving.audited_tables import table_faults
from spgc.serving.case_parts import drawn_public
from spgc.serving.event_log import LogLine, broken_links, read_log
from spgc.serving.new_server import copied_digest
from spgc.serving.served_challenge import (
    Results,
    Served,
    answer_hash,
    counted_hits,
    results_from,
)
from spgc.serving.shown_feedback import shown_from


def check_log(connection: sqlite3.Connection, served: Served, path: Path) -> None:
    """Raise DataError for the first thing that is not as the log says."""
    lines = list(read_log(connection))
    faults = chain(
        sqlite_faults(connection),
        broken_links(iter(lines)),
        copied_faults(served, lines),
        table_faults(connection, lines),
        _submission_faults(connection, served, lines),
    )
    for fault in faults:
        raise damaged(fault, path)


def check_answers(
    served: Served, number: int, answers: bytes, digest: str, results: Results, path: Path
) -> None:
    """Raise DataError unless the answers of a submission are those of the log, and its results.

    digest: of its predictions, as the log has it.
    """
    if not isinstance(answers, bytes) or len(answers) != len(served.cases):
        raise damaged(f"submission {number}: not a prediction for each case", path)
    names = served.challenge.names
    given = {
        case.case_id: names[answer]
        for case, answer in zip(served.cases, answers, strict=True)
        if answer < len(names)
    }
    if answer_hash(served.known, given) != digest or served.results_of(answers) != results:
        raise damaged(f"submission {number}: the results are not those of the predictions", path)


def damaged(found: str, path: Path) -> DataError:
    """The error of a file that is not what its log says."""
    return DataError(
        "the file of the challenge is damaged",
        where=path,
        found=found,
        expected="what its log says",
        do="spgc serve audit says all of it; go back to a copy (spgc serve backup)",
    )


def sqlite_faults(connection: sqlite3.Connection) -> Iterator[str]:
    """What SQLite finds: an index without a line hides it from whoever asks by it."""
    for (said,) in connection.execute("PRAGMA integrity_check(10)").fetchall():
        if said != "ok":
            yield f"SQLite: {said}"


def copied_faults(served: Served, lines: Sequence[LogLine]) -> Iterator[str]:
    """Whether challenge, classes and parts are those of the first line, and drawn by its seed."""
    first = lines[0]
    if first.event != "init":
        yield "the log does not begin with the challenge"
        return
    known = (copied_digest(served, certainty=certainty) for certainty in (True, False))
    if first.details["copied"] not in known:
        yield "the challenge, its classes or its parts are not those that were copied"
    parts = first.details["parts"]
    if parts["drawn"]:
        ranked = [case for case in served.cases if case.split in served.challenge.ranked]
        drawn = drawn_public(ranked, parts["share"], parts["seed"])
        public = {c.case_id for c, p in zip(served.cases, served.public, strict=True) if p}
        if public != drawn:
            yield "the public part is not what the seed in the log draws"


_ROWS = (
    "SELECT submissions.number, name, time, file_hash, answer_hash, shown, results, counted_hits, "
    "ladder_score FROM submissions JOIN teams ON teams.number = team ORDER BY submissions.number"
)


def _submission_faults(
    connection: sqlite3.Connection, served: Served, lines: Sequence[LogLine]
) -> Iterator[str]:
    """Submissions that are missing, or not what the log says of them."""
    logged = [line for line in lines if line.event == "submission"]
    rows = connection.execute(_ROWS).fetchall()
    if [row[0] for row in rows] != [line.details["number"] for line in logged]:
        yield "the submissions are not those of the log"
        return
    for (number, *said, results, hits, rung), line in zip(rows, logged, strict=True):
        details = (line.details[key] for key in ("file", "answers", "shown"))
        if said != [line.team, line.time, *details]:
            yield f"submission {number} is not what the log says of it"
        if counted_hits(results_from(results)) != hits:
            yield f"submission {number}: the score that counts is not that of the results"
        if rung is not None and shown_from(said[-1]).hits != rung:
            yield f"submission {number}: the ladder is not what was shown"
