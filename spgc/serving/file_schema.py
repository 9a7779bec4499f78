"""The tables of a served challenge, to which lines are only added, and whether a file has them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

_TABLES = {
    "facts": "name TEXT PRIMARY KEY, content TEXT NOT NULL",
    "files": "name TEXT PRIMARY KEY, content BLOB NOT NULL",
    "cases": (
        "place INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, set_name TEXT NOT NULL, "
        "label TEXT NOT NULL, certainty TEXT NOT NULL, public INTEGER"
    ),
    "teams": (
        "number INTEGER PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE, "
        "baseline INTEGER NOT NULL"
    ),
    "tokens": (
        "number INTEGER PRIMARY KEY, team INTEGER NOT NULL REFERENCES teams(number), hash BLOB"
    ),
    "submissions": (
        "number INTEGER PRIMARY KEY, team INTEGER NOT NULL REFERENCES teams(number), "
        "time TEXT NOT NULL, file_hash TEXT NOT NULL, answer_hash TEXT NOT NULL, "
        "content BLOB NOT NULL, answers BLOB NOT NULL, results TEXT NOT NULL, "
        "counted_hits INTEGER NOT NULL, shown TEXT NOT NULL, ladder_best INTEGER, "
        "ladder_score INTEGER, "
        "UNIQUE (team, file_hash)"
    ),
    "choices": (
        "number INTEGER PRIMARY KEY, team INTEGER NOT NULL REFERENCES teams(number), "
        "submission INTEGER NOT NULL REFERENCES submissions(number), time TEXT NOT NULL"
    ),
    "log": (
        "number INTEGER PRIMARY KEY, time TEXT NOT NULL, event TEXT NOT NULL, team TEXT, "
        "details TEXT NOT NULL, before TEXT NOT NULL, hash TEXT NOT NULL"
    ),
}

_INDEXES = (
    "CREATE INDEX submissions_of ON submissions(team, time)",
    "CREATE INDEX choices_of ON choices(team, number)",
    "CREATE INDEX tokens_of ON tokens(team, number)",
    "CREATE INDEX log_of ON log(event, team, time)",
)


def schema() -> Iterator[str]:
    """All statements that make the file: tables, what refuses changes of them, indexes."""
    for table, columns in _TABLES.items():
        yield f"CREATE TABLE {table} ({columns}) STRICT"
        for change in ("UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'lines are only added to {table}'); END"
            )
    yield from _INDEXES


def tables() -> set[str]:
    """The statements that make the tables; a view in the place of one could be without end."""
    return {statement for statement in schema() if statement.startswith("CREATE TABLE")}


_STATEMENTS = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL "
    "AND NOT (type = 'table' AND name IN ('sqlite_stat1', 'sqlite_stat4'))"
)
"""All but SQLite's own: its indexes have no statement, and ANALYZE makes two tables. A trigger that
somebody added may be called `sqlite...` as well."""


def statements(connection: sqlite3.Connection) -> set[str]:
    """What the file is made of."""
    return {statement for (statement,) in connection.execute(_STATEMENTS)}


def lacks_triggers(connection: sqlite3.Connection) -> bool:
    """Whether something that refuses changes, or an index, was taken away."""
    return statements(connection) != set(schema())
