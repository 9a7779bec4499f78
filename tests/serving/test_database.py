"""The file of a served challenge: lines are only added, a forgery is found, a copy is whole."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spgc.cli.app import app
from spgc.errors import DataError, SpgcError, UsageError
from spgc.files.whole import draft_name
from spgc.serving import database, new_server
from spgc.serving.audit_server import audit_server
from spgc.serving.database import Database, backup, connect, create
from spgc.serving.event_log import read_log
from spgc.serving.exported_rows import exported_rows
from spgc.serving.file_place import StorageError
from tests.serving.conftest import Serve
from tests.serving.flower_server import FlowerServer, guesses, labels

TABLES = ("facts", "files", "cases", "teams", "tokens", "submissions", "choices", "log")


def filled(serve: Serve) -> FlowerServer:
    """A challenge with two teams, three submissions and a final answer."""
    server = serve("hits")
    server.send("Ada", labels())
    server.send("Ada", guesses(1))
    server.send("Ben", guesses(2))
    server.desk.choose(server.tokens["Ada"], 1)
    return server


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET rowid = rowid"])
def test_lines_are_only_added(serve: Serve, table: str, change: str) -> None:
    """Short of taking the triggers away first."""
    server = filled(serve)
    column = "name = name" if table in ("facts", "files") else "rowid = rowid"
    statement = change.format(table).replace("rowid = rowid", column)
    with (
        pytest.raises(sqlite3.IntegrityError, match="lines are only added"),
        server.desk.database.writing() as connection,
    ):
        connection.execute(statement)


def test_an_audit_finds_nothing_where_nothing_is_wrong(serve: Serve) -> None:
    found = audit_server(filled(serve).path)
    assert (found.wrong, found.submissions, found.duplicates) == ((), 3, ())
    assert found.lines == 10


def test_files_of_the_first_versions_are_whole(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their first line has a hash that leaves out how sure a label is."""
    first = partial(new_server.copied_digest, certainty=False)
    monkeypatch.setattr(new_server, "copied_digest", first)
    path = filled(serve).path
    monkeypatch.undo()
    assert (audit_server(path).wrong, bool(exported_rows(path))) == ((), True)


FORGERIES = {
    "a log line is changed": (
        "UPDATE log SET details = replace(details, '30 of 30', '29 of 30') WHERE event = "
        "'submission' AND details LIKE '%30 of 30%'",
        "is not what its hash was made of",
    ),
    "a log line is gone": ("DELETE FROM log WHERE number = 5", "lines are missing"),
    "the last line is gone": (
        "DELETE FROM log WHERE number = (SELECT MAX(number) FROM log)",
        "final answers are not those of the log",
    ),
    "a submission is gone": ("DELETE FROM submissions WHERE number = 3", "log and is missing"),
    "a submission is another team's": ("UPDATE submissions SET team = 2 WHERE number = 1", "log"),
    "a file is another one": (
        "UPDATE submissions SET content = (SELECT content FROM submissions WHERE number = 1) "
        "WHERE number = 2",
        "not the one that was sent",
    ),
    "predictions are better": (
        "UPDATE submissions SET answers = (SELECT answers FROM submissions WHERE number = 1) "
        "WHERE number = 3",
        "not those of the file",
    ),
    "results are better": (
        "UPDATE submissions SET results = (SELECT results FROM submissions WHERE number = 1) "
        "WHERE number = 3",
        "results are not those",
    ),
    "what was shown is better": (
        "UPDATE submissions SET shown = (SELECT shown FROM submissions WHERE number = 1) "
        "WHERE number = 3",
        "does not follow from the results",
    ),
    "a label is another one": (
        "UPDATE cases SET label = 'tulip' WHERE place = (SELECT MIN(place) FROM cases WHERE "
        "label = 'rose')",
        "not those that were copied",
    ),
    "a label is surer": (
        "UPDATE cases SET certainty = 'approximate' WHERE place = 2",
        "not those that were copied",
    ),
    "a case changes its part": ("UPDATE cases SET public = 1 - public WHERE place = 1", "seed"),
    "limits are other ones": ("UPDATE facts SET content = '999' WHERE name LIKE 'inv%'", "copied"),
    "a team is added": ("INSERT INTO teams VALUES (3, 'Eve', 'eve', 0)", "teams"),
    "a token is added": ("INSERT INTO tokens (team, hash) VALUES (1, x'00')", "tokens"),
    "a team becomes a baseline": ("UPDATE teams SET baseline = 1 WHERE number = 1", "teams"),
    "a token is another team's": ("UPDATE tokens SET team = 2 WHERE number = 1", "tokens"),
    "a choice is gone": ("DELETE FROM choices", "final answers"),
    "a choice is of another day": ("UPDATE choices SET time = '2030-01-01'", "final answers"),
    "a team is called otherwise": ("UPDATE teams SET folded = 'eve' WHERE number = 1", "teams"),
    "a token is somebody's": ("UPDATE tokens SET hash = x'00' WHERE number = 1", "tokens"),
    "the best one is another": (
        "UPDATE submissions SET counted_hits = 99 WHERE number = 2",
        "the score by which the best one counts",
    ),
    "the ladder's best is another": (
        "UPDATE submissions SET ladder_best = 2 WHERE number = 2",
        "ladder",
    ),
    "the ladder shows more": (
        "UPDATE submissions SET ladder_score = 30 WHERE number = 3",
        "ladder",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_found(serve: Serve, name: str) -> None:
    """By somebody who takes the triggers away, and does not make the whole log again."""
    server = filled(serve)
    statement, said = FORGERIES[name]
    with closing(connect(server.path)) as connection:
        for table in TABLES:
            for change in ("update", "delete"):
                connection.execute(f"DROP TRIGGER {table}_no_{change}")
        assert connection.execute(statement).rowcount == 1
    found = audit_server(server.path)
    assert any(said in one for one in found.wrong), found.wrong
    if name not in UNUSED:
        with pytest.raises(DataError, match="damaged"):
            exported_rows(server.path)


UNUSED = ("a file is another one", "predictions are better", "the ladder's best is another")
"""Damages of what no result is made of; the predictions are those of a submission that does not
count, since another was chosen."""


DAMAGES = {
    "a fact is gone": "DELETE FROM facts WHERE name LIKE 'inv%'",
    "a fact is no number": "UPDATE facts SET content = 'x' WHERE name LIKE 'inv%'",
    "the challenge is gone": "DELETE FROM files",
    "the challenge is no text": "UPDATE files SET content = x'ff'",
    "the log is gone": "DELETE FROM log",
    "results are nothing": "UPDATE submissions SET results = 'null'",
    "results have another form": "UPDATE submissions SET results = '[[1]]'",
    "a view without end": "DROP TABLE choices; CREATE VIEW choices AS WITH RECURSIVE r(x) AS "
    "(SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT x AS number, x AS team, x AS submission, "
    "x AS time FROM r",
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_one_error(serve: Serve, name: str) -> None:
    """Whatever is asked of it; an audit may also say what is wrong."""
    server = filled(serve)
    server.desk.close()
    with closing(connect(server.path)) as connection:
        for table in TABLES:
            for change in ("update", "delete"):
                connection.execute(f"DROP TRIGGER {table}_no_{change}")
        connection.executescript(DAMAGES[name])
    with pytest.raises(DataError, match=r"damaged|no file of a served challenge"):
        exported_rows(server.path)
    said = CliRunner().invoke(app, ["serve", "close", str(server.path)])
    assert isinstance(said.exception, SystemExit | SpgcError | None), said.exception
    with suppress(DataError):
        assert not audit_server(server.path).good


def test_damage_that_sqlite_cannot_put_into_words_is_one_error(serve: Serve) -> None:
    """It quotes the damaged statement, which is no UTF-8."""
    server = filled(serve)
    server.desk.close()
    with closing(connect(server.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = server.path.read_bytes()
    server.path.write_bytes(content.replace(b"CREATE TABLE log (", b"CREATE TABLE \xf0og ("))
    with pytest.raises(DataError, match="no file of a served challenge"):
        audit_server(server.path)
    with pytest.raises(DataError, match="no file of a served challenge"):
        backup(server.path, server.path.with_name("copy.db"))


def test_a_log_that_is_made_again_has_another_last_hash(serve: Serve) -> None:
    """Which is why it is printed, to be kept elsewhere."""
    server = filled(serve)
    with server.desk.database.reading() as connection:
        lines = list(read_log(connection))
    assert len({line.hash for line in lines}) == len(lines)
    assert all(line.hash == line.expected for line in lines)
    assert [line.before for line in lines[1:]] == [line.hash for line in lines[:-1]]
    assert lines[0].details["parts"]["seed"] == 7


def test_a_copy_is_made_while_the_file_is_in_use(serve: Serve, tmp_path: Path) -> None:
    server = filled(serve)
    with server.desk.database.reading():
        backup(server.path, tmp_path / "copy.db")
    server.send("Ben", guesses(9))
    copied, now = audit_server(tmp_path / "copy.db"), audit_server(server.path)
    assert copied.good
    assert (copied.submissions, now.submissions) == (3, 4)
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="a file of this name already"):
        backup(server.path, tmp_path / "copy.db")
    with pytest.raises(DataError, match="can't copy"):
        backup(server.path, tmp_path / "none" / "copy.db")
    assert not list(tmp_path.glob(".*"))


def test_what_a_killed_server_left_becomes_no_part_of_a_new_file(
    serve: Serve, tmp_path: Path
) -> None:
    """Its last lines stand beside the file: teams and tokens of another challenge."""
    server = filled(serve)
    for ending in ("-wal", "-shm", "-journal"):
        path = tmp_path / f"new.db{ending}"
        path.write_bytes(b"left")
        with (
            pytest.raises(UsageError, match=rf"would become part of the new one \[.*{ending}\]"),
            create(tmp_path / "new.db"),
        ):
            pass
        with pytest.raises(UsageError, match="would become part of the new one"):
            backup(server.path, tmp_path / "new.db")
        path.unlink()
    backup(server.path, tmp_path / "new.db")


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("Study,Label\n")
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE log (number INTEGER)")
    for path in (tmp_path / "labels.csv", other, tmp_path / "none.db", tmp_path):
        with pytest.raises(DataError, match="no file of a served challenge"):
            Database(path)
    assert not (tmp_path / "none.db").exists()


def test_nothing_is_left_of_a_file_that_could_not_be_filled(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), create(tmp_path / "a.db"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a.db").write_text("mine")
    with pytest.raises(UsageError, match="a file of this name"), create(tmp_path / "a.db"):
        pass
    assert (tmp_path / "a.db").read_text() == "mine"


def test_of_two_processes_one_makes_the_file(serve: Serve, tmp_path: Path) -> None:
    """Whole, and the other one says so: neither takes the other's draft for its own."""
    made = filled(serve).path
    with (
        pytest.raises(UsageError, match="a file of this name already"),
        create(tmp_path / "a.db") as slow,
    ):
        slow.execute("INSERT INTO facts VALUES ('whose', 'slow')")
        with create(tmp_path / "a.db") as fast:
            fast.execute("INSERT INTO facts VALUES ('whose', 'fast')")
    with closing(connect(tmp_path / "a.db")) as connection:
        assert connection.execute("SELECT * FROM facts").fetchall() == [("whose", "fast")]
    with (
        pytest.raises(UsageError, match="a file of this name already"),
        create(tmp_path / "copy.db"),
    ):
        backup(made, tmp_path / "copy.db")
    assert audit_server(tmp_path / "copy.db").good
    assert not list(tmp_path.glob(".*"))


def test_a_copy_that_was_killed_is_made_again(serve: Serve, tmp_path: Path) -> None:
    """Its draft is in nobody's way, and goes when it is old."""
    server = filled(serve)
    (tmp_path / ".copy.db.part").write_text("left by an earlier version")
    dead = tmp_path / draft_name()
    dead.mkdir()
    (dead / "draft.db-journal").write_text("half")
    for path in (dead / "draft.db-journal", dead):
        os.utime(path, (0, 0))
    backup(server.path, tmp_path / "copy.db")
    assert audit_server(tmp_path / "copy.db").good
    assert not dead.exists()


def test_the_file_is_its_owners_alone(serve: Serve) -> None:
    assert stat.S_IMODE(serve().path.stat().st_mode) == 0o600


def test_cleaning_up_does_not_hide_why_a_file_could_not_be_made(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a file system that is read-only, nothing can be removed either."""
    server = filled(serve)

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", "draft")

    monkeypatch.setattr(os, "open", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(DataError, match=r"can't copy the file of a challenge.*Read-only"):
        backup(server.path, tmp_path / "copy.db")
    with (
        pytest.raises(DataError, match=r"can't make the file.*Read-only"),
        create(tmp_path / "new"),
    ):
        pass


def test_a_disk_without_room_is_not_said_to_be_another_file(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled(serve).path

    def full(_: Path) -> sqlite3.Connection:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(database, "connect", full)
    with pytest.raises(DataError, match=r"can't be used.*disk I/O error"):
        audit_server(path)


def test_a_file_that_is_moved_or_replaced_takes_nothing(serve: Serve, tmp_path: Path) -> None:
    """Else submissions would be acknowledged that stand in a file which nobody has."""
    server = serve("hits")
    server.send("Ada", guesses(1))
    backup(server.path, tmp_path / "copy.db")
    away = server.path.with_name("away.db")
    server.path.rename(away)
    with pytest.raises(StorageError, match="moved or replaced"):
        server.send("Ada", guesses(2))
    assert not server.path.exists()
    (tmp_path / "copy.db").rename(server.path)
    with pytest.raises(StorageError, match="moved or replaced"):
        server.send("Ada", guesses(2))
    away.replace(server.path)
    server.send("Ada", guesses(2))
    assert audit_server(server.path).submissions == 2


@pytest.mark.parametrize("moved", [False, True])
def test_newest_lines_that_are_removed_or_moved_take_nothing(serve: Serve, *, moved: bool) -> None:
    """Else they were acknowledged in a file without a name, and every other command missed them."""
    server = serve("hits")
    server.send("Ada", guesses(1))
    lines = server.path.with_name(f"{server.path.name}-wal")
    if moved:
        lines.rename(lines.with_name("away"))
    else:
        lines.unlink()
    with pytest.raises(StorageError, match="moved or replaced"):
        server.send("Ada", guesses(2))
    server.desk.close()
    assert audit_server(server.path).submissions == 1
