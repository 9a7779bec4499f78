"""Teams, tokens and final answers of a served challenge, compared with its log."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence

from spgc.serving.event_log import LogLine
from spgc.serving.tokens import folded

_TEAMS = "SELECT name, folded, baseline FROM teams ORDER BY number"
_TOKENS = "SELECT name, hash FROM tokens JOIN teams ON teams.number = team ORDER BY tokens.number"
_CHOICES = (
    "SELECT name, submission, time FROM choices JOIN teams ON teams.number = team "
    "ORDER BY choices.number"
)


def table_faults(connection: sqlite3.Connection, lines: Sequence[LogLine]) -> Iterator[str]:
    """What is not as the log says: the same lines, in the same order."""
    of: dict[str, list[LogLine]] = defaultdict(list)
    for line in lines:
        of["token" if line.event == "revoke" else line.event].append(line)
    teams = [(x.team, folded(x.team or ""), int(x.details["baseline"])) for x in of["team"]]
    if connection.execute(_TEAMS).fetchall() != teams:
        yield "the teams are not those of the log"
    tokens = connection.execute(_TOKENS).fetchall()
    if len(tokens) != len(of["token"]) or not all(map(_same_token, tokens, of["token"])):
        yield "the tokens are not those of the log"
    chosen = [(line.team, line.details["number"], line.time) for line in of["final"]]
    if connection.execute(_CHOICES).fetchall() != chosen:
        yield "the final answers are not those of the log"
    numbers = [line.details["number"] for line in of["submission"]]
    if len(set(numbers)) < len(numbers):
        yield "a submission stands in the log twice"


def _same_token(row: tuple[str, bytes | None], line: LogLine) -> bool:
    """Whether a token is the one that a line tells of; lines of earlier versions hold no hash."""
    name, digest = row
    if name != line.team or (digest is None) != (line.event == "revoke"):
        return False
    said = line.details.get("hash")
    return digest is None or said is None or digest.hex() == said


def duplicates(connection: sqlite3.Connection) -> Iterator[str]:
    """Predictions that several teams sent."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for digest, name, number in connection.execute(
        "SELECT answer_hash, name, submissions.number FROM submissions "
        "JOIN teams ON teams.number = team ORDER BY submissions.number"
    ):
        found[digest].setdefault(name, number)
    for teams in found.values():
        if len(teams) > 1:
            yield ", ".join(f"{name} (submission {number})" for name, number in teams.items())
