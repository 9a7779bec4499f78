"""An audit plays the log again: what the rules don't allow is found, whatever its hashes."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from spgc.errors import DataError
from spgc.files.json_documents import parse_json
from spgc.serving import submitting
from spgc.serving.audit_server import audit_server
from spgc.serving.counting import CHOICES_PER_DAY
from spgc.serving.database import Database, connect
from spgc.serving.event_log import append
from spgc.serving.served_desk import ServedDesk
from spgc.serving.team_limits import TeamUse
from tests.serving.conftest import Serve
from tests.serving.flower_server import NOON, FlowerServer, csv, guesses, labels


def without_rules(server: FlowerServer, answers: dict[str, str]) -> None:
    """A submission that is stored and logged as all are, whatever the rules say."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TeamUse, "check", lambda self: None)
        patch.setattr(submitting, "check_open", lambda *_: None)
        server.send("Ada", answers)


def test_what_the_rules_allow_is_found_good(serve: Serve) -> None:
    """Over days, with a pause, choices, unreadable files and the end."""
    server = serve("ladder", submissions="4", per_day="2", closes="2030-05-04")
    for day in range(2):
        server.send("Ada", guesses(2 * day))
        server.send("Ada", guesses(2 * day + 1))
        server.clock.forward(days=1)
    server.state("close", "open")
    server.send("Ben", guesses(9))
    server.desk.choose(server.tokens["Ada"], 2)
    server.state("close", "reveal")
    assert audit_server(server.path).wrong == ()


@pytest.mark.parametrize(
    ("changes", "state", "said"),
    [
        ({"submissions": "1"}, (), "no submission left: found 1 submissions"),
        ({"per_day": "1"}, (), "no submission left today"),
        ({}, ("close",), "the challenge takes no submissions now"),
        ({"closes": "2030-04-30"}, (), "the challenge is over"),
        ({}, ("close", "reveal"), "the challenge is over"),
    ],
    ids=["in all", "on a day", "closed", "after its days", "revealed"],
)
def test_a_submission_against_the_rules_is_found(
    serve: Serve, changes: dict[str, str], state: tuple[str, ...], said: str
) -> None:
    server = serve("hits", **changes)
    without_rules(server, labels())
    server.state(*state)
    without_rules(server, guesses(1))
    found = audit_server(server.path).wrong
    assert any(one.startswith("submission 2 was taken") and said in one for one in found), found


def test_a_step_that_can_not_be_made_is_found(serve: Serve) -> None:
    """Lines of states are all that says whether a challenge is open."""
    server = serve("hits")
    server.state("close", "reveal")
    with server.desk.database.writing() as connection:
        append(connection, "2030-05-01T13:00:00.000Z", "open")
    (found,) = audit_server(server.path).wrong
    assert "the challenge can't be opened again" in found


def test_final_answers_that_no_team_could_choose_are_found(serve: Serve) -> None:
    server = serve("hits")
    server.send("Ada", labels())
    server.send("Ada", guesses(1))
    time = NOON.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    with server.desk.database.writing() as connection:
        for place in range(CHOICES_PER_DAY + 1):
            number = 1 + place % 2
            row = (1, number, time)
            connection.execute("INSERT INTO choices (team, submission, time) VALUES (?, ?, ?)", row)
            append(connection, time, "final", "Ada", number=number)
    (found,) = audit_server(server.path).wrong
    assert "one final answer too many" in found
    server.state("close", "reveal")
    with server.desk.database.writing() as connection:
        row = (1, 1, "2030-05-09T13:00:00.000Z")
        connection.execute("INSERT INTO choices (team, submission, time) VALUES (?, ?, ?)", row)
        append(connection, row[2], "final", "Ada", number=1)
    assert any("after the results were revealed" in one for one in audit_server(server.path).wrong)


def test_a_submission_that_the_log_holds_twice_is_found(serve: Serve) -> None:
    server = serve("hits")
    server.send("Ada", labels())
    with server.desk.database.writing() as connection:
        row = connection.execute("SELECT time, team, details FROM log WHERE event = 'submission'")
        time, team, details = row.fetchone()
        append(connection, time, "submission", team, **parse_json(details))
    assert "a submission stands in the log twice" in audit_server(server.path).wrong


@pytest.mark.parametrize("name", ["drops", "sqlite_drops", "sqlitedrops"])
def test_a_trigger_of_somebody_elses_is_refused(serve: Serve, name: str) -> None:
    """It keeps unreadable files from being counted, and is called as SQLite calls its own."""
    server = serve("hits")
    server.desk.close()
    statement = (
        f"CREATE TRIGGER {name} BEFORE INSERT ON log WHEN NEW.event = 'invalid' "
        "BEGIN SELECT RAISE(IGNORE); END"
    )
    with closing(connect(server.path)) as connection:
        add_trigger(connection, name, statement)
    with pytest.raises(DataError, match="other tables, triggers or views"):
        Database(server.path)


def add_trigger(connection: sqlite3.Connection, name: str, statement: str) -> None:
    """As somebody does it who may write the file; SQLite refuses its own names to others."""
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) "
        "VALUES ('trigger', ?, 'log', 0, ?)",
        (name, statement),
    )


def test_statistics_of_sqlite_are_nobodys_change(serve: Serve) -> None:
    server = serve("hits")
    server.send("Ada", labels())
    with closing(connect(server.path)) as connection:
        connection.execute("ANALYZE")
    assert audit_server(server.path).good
    with closing(ServedDesk(server.path, server.clock)) as desk:
        assert desk.submit(server.tokens["Ben"], csv(guesses(1))).submission.number == 2
