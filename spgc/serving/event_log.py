"""The log of a served challenge: a chain in which each line holds the hash of the one before.

Whoever changes, removes or adds a line in between breaks every hash after it. The last hash stands
for all lines: kept elsewhere, such as in a mail, it also shows a chain that was made again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from spgc.files.hashes import facts_digest
from spgc.files.json_documents import parse_json

LogEvent = Literal[
    "init", "team", "token", "revoke", "open", "close", "reveal", "submission", "invalid", "final"
]


@dataclass(frozen=True)
class LogLine:
    """One line; before: the hash of the one before it, empty for the first."""

    number: int
    time: str
    event: str
    team: str | None
    details: Mapping[str, Any]
    before: str
    hash: str

    @property
    def expected(self) -> str:
        """The hash that follows from all that the line says."""
        return line_hash(self.number, self.time, self.event, self.team, self.details, self.before)


def line_hash(
    number: int,
    time: str,
    event: str,
    team: str | None,
    details: Mapping[str, Any],
    before: str,
) -> str:
    """SHA-256 of a line and, by `before`, of all lines before it."""
    return facts_digest(
        {
            "number": number,
            "time": time,
            "event": event,
            "team": team,
            "details": details,
            "before": before,
        }
    )


def append(
    connection: sqlite3.Connection,
    time: str,
    event: LogEvent,
    team: str | None = None,
    **details: Any,
) -> None:
    """Add a line, in the transaction of what it is about."""
    last = connection.execute(
        "SELECT number, hash FROM log ORDER BY number DESC LIMIT 1"
    ).fetchone()
    number, before = (last[0] + 1, last[1]) if last else (1, "")
    digest = line_hash(number, time, event, team, details, before)
    text = json.dumps(details, sort_keys=True, ensure_ascii=False)
    row = (number, time, event, team, text, before, digest)
    connection.execute("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def read_log(connection: sqlite3.Connection) -> Iterator[LogLine]:
    """All lines, the first one first. Raises ValueError for details that are no JSON."""
    for row in connection.execute("SELECT * FROM log ORDER BY number"):
        number, time, event, team, details, before, digest = row
        yield LogLine(number, time, event, team, parse_json(details), before, digest)


def head(connection: sqlite3.Connection) -> tuple[int, str]:
    """Number and hash of the last line."""
    found: tuple[int, str] = connection.execute(
        "SELECT number, hash FROM log ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return found


def broken_links(lines: Iterator[LogLine]) -> Iterator[str]:
    """What is wrong with the chain, line by line; nothing where it is whole."""
    number, before = 0, ""
    for line in lines:
        if line.number != number + 1:
            yield f"log line {line.number} follows line {number}: lines are missing"
        if line.before != before:
            yield f"log line {line.number} does not hold the hash of the line before it"
        if line.hash != line.expected:
            yield f"log line {line.number} is not what its hash was made of"
        number, before = line.number, line.hash


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """`2030-01-01T10:00:00.123Z`: in UTC, so that texts sort as times do."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
