"""A file that is damaged under a running server: one line for whoever runs it, no labels."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from spgc.serving.served_desk import ServedDesk
from tests.serving.asked import bearer, client_of
from tests.serving.conftest import Serve, serve
from tests.serving.flower_server import FlowerServer, csv, guesses, labels

__all__ = ["serve"]

DAMAGES = [
    "UPDATE submissions SET answers = substr(answers, 1, 5)",
    "UPDATE submissions SET answers = replace(answers, x'00', x'01')",
    "UPDATE submissions SET shown = '{}'",
    "UPDATE submissions SET results = 'null'",
    'UPDATE submissions SET results = \'{"rose": {}, "private": {}}\'',
    "UPDATE submissions SET shown = 'rose'",
    "DELETE FROM log",
    "UPDATE log SET event = 'rose'",
]


def damage(server: FlowerServer, statement: str) -> None:
    with closing(sqlite3.connect(server.path, isolation_level=None)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)


@pytest.mark.parametrize("statement", DAMAGES)
def test_damage_is_one_line_and_one_status(
    serve: Serve, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve("hits")
    head = bearer(server.tokens["Ada"])
    with client_of(server) as client:
        assert client.post("/api/submissions", content=csv(labels()), headers=head).is_success
        server.state("close", "reveal")
        damage(server, statement)
        asked = {
            "/api/board": client.get("/api/board"),
            "/api/challenge": client.get("/api/challenge"),
            "/api/team": client.get("/api/team", headers=head),
            "/": client.get("/"),
        }
    assert {answer.status_code for answer in asked.values()} <= {200, 503}
    assert 503 in [answer.status_code for answer in asked.values()]
    refused = [answer.text for answer in asked.values() if answer.status_code == 503]
    assert not any("rose" in text for text in refused)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("spgc")]
    assert len(lines) == 1
    assert lines[0].startswith(f"{server.path} is damaged: spgc serve audit")


def test_a_fault_of_the_program_stays_one(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is whole: a traceback says more than the word damage."""
    server = serve("hits")

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("spgc.serving.served_desk.state_of", broken)
    with pytest.raises(ZeroDivisionError):
        server.desk.challenge()


def test_submissions_to_a_damaged_file_are_refused(serve: Serve) -> None:
    server = serve("hits")
    head = bearer(server.tokens["Ada"])
    with client_of(server) as client:
        client.post("/api/submissions", content=csv(labels()), headers=head)
        damage(server, "UPDATE submissions SET shown = 'rose'")
        answer = client.post("/api/submissions", content=csv(guesses(1)), headers=head)
        assert answer.status_code == 503
    assert isinstance(server.desk, ServedDesk)
