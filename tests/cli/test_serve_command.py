"""`spgc serve` and `spgc submit`: from a label file to a ranking, one command after the other."""

from __future__ import annotations

import gc
import json
import logging
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spgc.cli import serve_command
from spgc.serving.token_files import token_file
from tests.cli.conftest import Spgc
from tests.serving.conftest import Serve, serve
from tests.serving.flower_server import FlowerServer, csv, guesses, labels

__all__ = ["serve"]


STOPPED = "Stopped. {} keeps all that was answered; the same command starts again."


@contextmanager
def run_command(file: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`spgc serve run` in a process of its own, and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "spgc", "serve", "run", str(file), "--port", "0", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        yield process, said.split(" at ")[1].split()[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_five_commands_from_labels_to_a_server(
    tmp_path: Path, spgc: Spgc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the documents; then a submission, the end and the rows."""
    monkeypatch.chdir(tmp_path)
    Path("labels.csv").write_bytes(csv(labels()))
    assert spgc("challenge", "init", "flowers", "--labels", "labels.csv").code == 0
    made = spgc("serve", "init", "flowers.db", "--challenge", "flowers")
    assert re.search(r"18 cases public, 42 private, drawn with seed \d+", made.out)
    assert "an attacker who looks at no case" in made.err
    assert spgc("serve", "token", "flowers.db", "Ada", "--out", "ada.token").code == 0
    assert stat.S_IMODE(Path("ada.token").stat().st_mode) == 0o600
    assert re.search(r"hash [0-9a-f]{64}", spgc("serve", "open", "flowers.db").err)
    Path("a.csv").write_bytes(csv(labels()))
    with run_command(Path("flowers.db")) as (process, address):
        words = ("--server", address, "--token-file", "ada.token")
        assert "Ada, submission 1: Score: 18 of 18 correct." in spgc("submit", "a.csv", *words).out
    assert process.returncode == 130
    assert spgc("serve", "reveal", "flowers.db").code == 2
    assert spgc("serve", "close", "flowers.db").code == 0
    assert spgc("serve", "reveal", "flowers.db").code == 0
    rows = json.loads(spgc("serve", "export", "flowers.db", "--out", "rows").out)["rows"]
    assert [(row["set"], row["team"]) for row in rows if row["position_printed"]] == [
        ("final", "Ada"),
        ("public", "Ada"),
    ]
    assert json.loads(Path("rows/challenge/final/Ada.json").read_text()) == rows[0]
    assert spgc("serve", "backup", "flowers.db", "copy.db").code == 0
    audited = json.loads(spgc("serve", "audit", "copy.db", "--json").out)
    assert (audited["good"], audited["submissions"], audited["duplicates"]) == (True, 1, [])


def test_exported_rows_are_published_results(serve: Serve, spgc: Spgc, tmp_path: Path) -> None:
    """Where the challenge itself says which sets are public: the same ranks, baselines apart."""
    server = serve("hits", ("Ada", "Ben", "Cid"), public_share=0.5)
    server.team("Simple", baseline=True)
    for team, right in (("Ada", 0.9), ("Ben", 0.5), ("Cid", 0.3), ("Simple", 0.7)):
        server.send(team, guesses(1, right))
    server.state("close", "reveal")
    folder = tmp_path / "0" / "flowers"
    assert spgc("serve", "export", server.path, "--out", folder / "public/leaderboard").code == 0
    ran = spgc("leaderboard", "--challenge", folder, "--split", "all", "--json")
    shown = {
        view["set"]: [(row["team"], row["rank"]["label"]) for row in view["ranked"]]
        for view in json.loads(ran.out)["sets"]
    }
    served = {
        board.part: [(row.team, row.rank) for row in board.rows if row.rank]
        for board in server.desk.boards()
    }
    assert len(served["final"]) == 3
    assert shown == {"overall": served["final"], **{n: served[n] for n in ("public", "private")}}
    (first, *_) = json.loads(ran.out)["sets"]
    assert {row["team"] for row in first["later"]} == {"Simple", "majority class"}


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_is_said_in_words_of_the_server(
    serve: Serve, number: signal.Signals, code: int
) -> None:
    """Not in those of work that can be resumed."""
    server = serve("hits")
    with run_command(server.path) as (process, _):
        process.send_signal(number)
        assert process.stderr is not None
        last = process.stderr.read().splitlines()[-1]
    assert (process.returncode, last) == (code, STOPPED.format(server.path))


def test_nothing_follows_the_word_of_a_stop(spgc: Spgc, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal may meet the server's loop half made, whose destructor then fails."""
    said: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)  # put back at the end
    monkeypatch.setattr(logging.root.manager, "disable", 0)

    class HalfMade:
        def __del__(self) -> None:
            raise AttributeError("_closed")

    class Ready:
        lines, address = (), "http://127.0.0.1"

        def run(self) -> None:
            loop = HalfMade()
            raise KeyboardInterrupt(loop)

    monkeypatch.setattr(serve_command, "ready_server", lambda _: Ready())
    ran = spgc("serve", "run", "flowers.db")
    assert ran.err.startswith("Stopped. flowers.db keeps")
    gc.collect()
    assert not said
    assert not logging.getLogger("asyncio").isEnabledFor(logging.CRITICAL)


def test_a_token_is_printed_once_and_never_again(serve: Serve, spgc: Spgc) -> None:
    server = serve("hits", ())
    made = spgc("serve", "token", server.path, "Ada")
    token = made.out.strip()
    assert re.fullmatch(r"[\w-]{43}", token)
    assert server.desk.team(token).team == "Ada"
    assert token.encode() not in server.path.read_bytes()
    for words in (("audit",), ("export",), ("close",)):
        ran = spgc("serve", words[0], server.path)
        assert token not in ran.out + ran.err
    assert "void" in spgc("serve", "token", server.path, "Ada", "--revoke").out
    assert spgc("serve", "token", server.path, "Eve", "--revoke").code == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_token_that_can_not_be_handed_out_is_not_made(
    serve: Serve, spgc: Spgc, tmp_path: Path
) -> None:
    """The one before still works: where nobody can read the new one, none would."""
    server = serve("hits", ("Ada",))
    words = [sys.executable, "-m", "spgc", "serve", "token", str(server.path), "Ada"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(words, check=False, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, b"can't write the output" in done.stderr) == (1, True)
    there = tmp_path / "ada.token"
    there.write_text("mine")
    assert spgc("serve", "token", server.path, "Ada", "--out", there).code == 2
    assert there.read_text() == "mine"
    assert spgc("serve", "token", server.path, "Ada", "--out", tmp_path / "none" / "t").code == 1
    assert server.desk.team(server.tokens["Ada"]).team == "Ada"
    assert spgc("serve", "token", server.path, "Ada", "--out", tmp_path / "new").code == 0
    assert server.desk.team((tmp_path / "new").read_text().strip()).team == "Ada"


def test_no_file_of_a_token_stays_where_none_was_made(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), token_file(tmp_path / "ada.token") as write:
        write("token")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["", " ", "a/b", "x" * 61, "a\nb", "Majority Class", "con", "\u202ex"]
)
def test_a_name_that_no_team_can_have_is_refused(serve: Serve, spgc: Spgc, name: str) -> None:
    server = serve("hits", ())
    ran = spgc("serve", "token", server.path, name)
    assert ran.code == 2
    assert "no name for a team" in ran.err
    with server.desk.database.reading() as connection:
        assert connection.execute("SELECT COUNT(*) FROM teams").fetchone() == (0,)


def test_an_audit_names_what_is_wrong_and_who_sent_the_same(serve: Serve, spgc: Spgc) -> None:
    server = serve("hits", ("Ada", "Ben"))
    server.send("Ada", guesses(1))
    server.desk.submit(server.tokens["Ben"], csv(guesses(1)) + b"\n")
    ran = spgc("serve", "audit", server.path)
    assert ran.code == 0
    assert "same predictions: Ada (submission 1), Ben (submission 2)" in ran.out
    with server.desk.database.writing() as connection:
        connection.execute("DROP TRIGGER log_no_update")
        connection.execute("UPDATE log SET time = '2030' WHERE number = 3")
    ran = spgc("serve", "audit", server.path)
    assert ran.code == 1
    assert "wrong: log line 3 is not what its hash was made of" in ran.out


REFUSED = {
    "another file": ("audit", "labels.csv"),
    "no file": ("audit", "none.db"),
    "in the clear": ("run", "{db}", "--host", "192.0.2.1"),
    "half of TLS": ("run", "{db}", "--tls-cert", "labels.csv"),
    "no proxy": ("run", "{db}", "--proxy", "anywhere"),
    "over itself": ("init", "{db}", "--challenge", "flowers"),
    "no challenge": ("init", "new.db", "--challenge", "none"),
    "a copy of itself": ("backup", "{db}", "{db}"),
    "a token and none": ("token", "{db}", "Ada", "--revoke", "--baseline"),
    "a token over a file": ("token", "{db}", "Cid", "--out", "labels.csv"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_one_line(
    serve: Serve, spgc: Spgc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    server: FlowerServer = serve("none")
    monkeypatch.chdir(tmp_path / "0")
    before = server.path.read_bytes()
    ran = spgc("serve", *(word.format(db=server.path) for word in REFUSED[name]))
    assert ran.code in (1, 2)
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 1
    assert server.path.read_bytes() == before
    assert not Path("new.db").exists()
    with server.desk.database.reading() as connection:
        assert connection.execute("SELECT COUNT(*) FROM teams").fetchone() == (2,)


def test_hits_per_class_are_asked_for_twice(serve: Serve, spgc: Spgc, tmp_path: Path) -> None:
    """By the challenge file and by the command, where they give too much away."""
    serve("classes", show_classes=True)
    folder = tmp_path / "0" / "flowers"
    ran = spgc("serve", "init", tmp_path / "b.db", "--challenge", folder)
    assert ran.code == 1
    assert "feedback per class gives too much away" in ran.err
    assert not (tmp_path / "b.db").exists()
    words = ("--challenge", folder, "--show-classes", "--json")
    made = json.loads(spgc("serve", "init", tmp_path / "b.db", *words).out)
    assert made["limits"]["good"] is False


@pytest.mark.skipif(os.name == "nt", reason="modes of files are POSIX's")
def test_submit_checks_the_file_and_the_token_first(
    serve: Serve, spgc: Spgc, tmp_path: Path
) -> None:
    server = serve("hits")
    file, place = tmp_path / "broken.csv", tmp_path / "team.token"
    place.write_text(server.tokens["Ada"])
    place.chmod(0o644)
    file.write_bytes(csv({**labels(), "F-007": "orchid"}))
    with run_command(server.path, "--quiet") as (_, address):
        words = ("submit", file, "--server", address, "--token-file", place)
        assert "others may read this token file" in spgc(*words).err
        place.chmod(0o600)
        ran = spgc(*words)
        assert (ran.code, ran.out) == (1, "")
        assert "broken.csv" in ran.err
        assert "'orchid'" in ran.err
        assert server.desk.team(server.tokens["Ada"]).left.invalid == 20
        file.write_bytes(csv(labels()))
        assert json.loads(spgc(*words, "--json").out)["schema"] == "spgc-receipt/1"
        assert server.tokens["Ada"] not in ran.out + ran.err
        place.write_text("wrong")
        ran = spgc(*words)
        assert (ran.code, ran.err.count("\n")) == (1, 1)
        assert "no team has this token" in ran.err
        assert "--token-file" in ran.err
        assert "Bearer" not in ran.err


DAMAGED = [
    (table, words)
    for table, commands in {
        "cases": ("audit", "export", "run"),
        "facts": ("audit", "export", "run"),
        "files": ("audit", "export", "run"),
        "log": ("audit", "export", "run", "open"),
        "teams": ("audit", "export"),
        "submissions": ("audit", "export"),
    }.items()
    for words in commands
]


@pytest.mark.parametrize(("table", "command"), DAMAGED)
def test_a_damaged_file_is_one_line(serve: Serve, spgc: Spgc, table: str, command: str) -> None:
    """Where a part of it is gone that the command needs."""
    server = serve("none")
    with server.desk.database.writing() as connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO gone")
    ran = spgc("serve", command, server.path, "--quiet")
    assert ran.code == 1
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 1
