"""Names from files of strangers are text: on the terminal, in documents and on pages.

Case IDs, folders, files, teams, splits, classifiers and fields of records hold escape sequences,
signs that turn the line, and markup; each command is run on them.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import pty
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from spgc.board.views import make_views, set_named, your_rows
from spgc.challenge.spgc_challenge import SPGC
from spgc.files.shipped import leaderboard_dir
from spgc.protocol import CLASSES
from spgc.report.page.pages import board_page
from tests.cli.conftest import Spgc

EVIL = "x\x1b[31m\x9b2J\u202ey\u2066\u200b[bold]z[link=w]v[dim]:smile:\r\x07"
"""Colour, a wiped screen, turned lines, hidden signs, rich's markup, a bell."""

CELL = EVIL.translate(dict.fromkeys([*range(32), 0x200B]))
"""What a submission may hold: C0 controls make it binary, and zero-width signs are repaired."""

LINES = EVIL + "\nerror: forged"

FORBIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def check(text: str, *, markup: bool = True) -> None:
    """No sign that acts; and markup, where a name was printed at all, stands there as text."""
    assert not {c for c in text if unicodedata.category(c) in FORBIDDEN} - {"\n"}
    assert not [line for line in text.splitlines() if line.strip() == "error: forged"]
    if markup:
        assert "[bold]z[link=w]v[dim]" in text.replace("\n", "").replace(" ", "").replace(
            "\\[", "["
        )


class World:
    """A folder of hostile files; cases of test2 so that every set is known."""

    def __init__(self, root: Path, cohort: Path) -> None:
        self.root = root
        self.cases = [f"T2-{k}{CELL}" for k in range(6)]
        self.manifests = root / "manifests"
        self.manifests.mkdir()
        with (self.manifests / "own.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("case", "label", "split", "source", "certainty"))
            for number, case in enumerate(self.cases):
                rows.writerow((case, CLASSES[number % 3], "test2", LINES, "own"))
        self.good = self.submission("good", shift=0)
        self.other = self.submission(f"other{EVIL}", shift=1)
        self.truth = self.submission(f"truth{EVIL}", shift=0)
        self.torn = root / f"torn{EVIL}.csv"
        self.torn.write_text(f"Study,Label\n{CELL},cap\n{CELL},normal\n", encoding="utf-8")
        self.data = root / f"data{EVIL}"
        source = next(cohort.rglob("syn-T2-001"))
        for case in (self.cases[0], EVIL, f"b{LINES}"):
            shutil.copytree(source, self.data / "Test-2" / case)

    def submission(self, name: str, shift: int) -> Path:
        path = self.root / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("Study", "Label"))
            for number, case in enumerate(self.cases):
                rows.writerow((case, CLASSES[(number + shift * (number % 2)) % 3]))
        return path


@pytest.fixture(scope="module")
def world(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"), cohort)


def commands(world: World) -> Iterator[list[object]]:
    given = ["--manifests", world.manifests]
    yield ["validate", world.other, *given]
    yield ["validate", world.good]  # every case is unknown
    yield ["score", world.other, *given]
    yield ["score", world.other, "--full", *given]
    yield ["score", world.other, "--cases", *given]
    yield ["compare", world.good, world.other, *given]
    yield ["leaderboard", "--add", world.other, *given]
    yield ["leaderboard", "--add", world.good, "--name", LINES, *given]
    for form in ("markdown", "csv", "json", "html"):
        yield ["leaderboard", "--add", world.other, "--format", form, *given]
    yield ["report", world.other, "--terminal", *given]
    truth = ["--truth", world.truth]
    yield ["validate", world.other, *truth]
    yield ["score", world.other, "--cases", *truth]
    yield ["compare", world.good, world.other, *truth]
    yield ["report", world.other, "--terminal", *truth]
    for form in ("rich", "markdown", "csv", "json", "html"):
        yield ["leaderboard", world.other, world.good, "--format", form, *truth]
    yield ["score", world.good, "--truth", world.torn]
    yield ["leaderboard", world.torn, world.good, *truth]
    yield ["data", "info", EVIL, "--manifests", world.manifests]
    yield ["data", "check", world.data]
    yield ["data", "check", world.data, *given]
    yield ["data", "index", world.data, "--out", world.root / f"index{EVIL}", "--force"]
    yield ["preprocess", "--data", world.data, "--store", world.root / f"store{EVIL}", "--jobs", 1]
    yield ["merge", world.root / f"none{EVIL}"]
    yield ["view", world.root / f"none{EVIL}"]
    yield ["figure", EVIL]
    yield ["systems", EVIL]
    yield ["score", world.good, "--split", EVIL]
    yield [f"command{EVIL}"]
    yield ["score", world.good, "--seed", EVIL]


def test_every_command_prints_names_as_text(world: World, spgc: Spgc) -> None:
    for words in commands(world):
        ran = spgc(*words)
        form = words[words.index("--format") + 1] if "--format" in words else ""
        check(ran.out + ran.err, markup=False)
        if form not in ("html", "json") and words[0] != "score":  # which names no case
            check(ran.out + ran.err, markup=ran.code != 2)


def test_json_gives_the_names_back(world: World, spgc: Spgc) -> None:
    ran = spgc("validate", world.good, "--manifests", world.manifests, "--json")
    check(ran.out, markup=False)
    assert json.loads(ran.out)["files"][0]["file"].endswith("good.csv")
    ran = spgc("leaderboard", "--add", world.other, "--manifests", world.manifests, "--json")
    teams = [e["team"] for e in json.loads(ran.out)["sets"][0]["ranked"]]
    assert world.other.stem in teams


OTHER = "OTHER"
"""Stands for the submission with a hostile name."""


@pytest.mark.parametrize(
    "words",
    [
        ["validate", OTHER],
        ["score", OTHER],
        ["report", "--terminal", OTHER],
        ["example", "--split", "test2"],  # into a file it writes the names as they are
    ],
    ids=str,
)
def test_a_terminal_sees_no_sequence_of_theirs(words: list[str], world: World) -> None:
    """On a terminal rich colours: only its own sequences, which end in m, are there."""
    import re

    reader, writer = pty.openpty()
    line = [sys.executable, "-m", "spgc", *words, "--manifests", str(world.manifests)]
    line = [str(world.other) if word == OTHER else word for word in line]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    with subprocess.Popen(line, stdout=writer, stderr=writer, env=environment) as process:
        os.close(writer)
        seen = b""
        while True:
            try:
                part = os.read(reader, 4096)
            except OSError:
                break
            if not part:
                break
            seen += part
        process.wait()
    os.close(reader)
    text = re.sub(r"\x1b\[[0-9;]*m", "", seen.decode("utf-8")).replace("\r\n", "\n")
    check(text, markup=False)
    assert "\x1b[31mx" not in seen.decode("utf-8")


def write_board(path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("team", "accuracy", "COVID-19", "CAP", "Normal"))
        rows.writerow((LINES, "91.1", "85.7", "90.0", "94.3"))
        rows.writerow((f"b{EVIL}", "33.3", "100.0", "90.0", "94.3"))
    return path


def test_audit_of_a_hostile_board(tmp_path: Path, spgc: Spgc) -> None:
    ran = spgc("leaderboard", "audit", write_board(tmp_path / "board.csv"), "--cases", "35,20,35")
    check(ran.out + ran.err, markup=ran.code == 0)


PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt;<b onclick=alert(1)>",
    "\ud800<iframe src=//x>",
    "\u202e<base href=//x>",
]
"""What runs where a page takes text for markup; the last two can't be encoded or turn the line."""

TAGS = ("<img src=x", "<svg onload", "<script>alert", "<b onclick", "<iframe", "<base ", "<!--<")


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_payload_runs_on_a_page(payload: str, tmp_path: Path, spgc: Spgc) -> None:
    """In case IDs, a team's name, a title and a record; the record's can't be encoded."""
    text = payload.encode("utf-8", "replace").decode("utf-8")
    (tmp_path / "m").mkdir()
    quoted = text.replace('"', '""')
    (tmp_path / "m" / "own.csv").write_text(
        "case,label,split,source,certainty\n"
        + "".join(f'"T2-{k}{quoted}",{name},test2,own,own\n' for k, name in enumerate(CLASSES))
    )
    path = tmp_path / "submission.csv"
    path.write_text(
        "Study,Label\n" + "".join(f'"T2-{k}{quoted}",normal\n' for k in range(len(CLASSES)))
    )
    record = {
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest()},
        "engine": payload,
        "run": {
            "stages": [{"stage": payload, "seconds": 1}],
            "stages_note": payload,
            "hardware": {"processor": payload},
            "versions": {payload: payload},
        },
    }
    (tmp_path / "submission.run.json").write_text(json.dumps(record))
    ran = spgc("report", tmp_path, "--manifests", tmp_path / "m", "--title", text)
    assert ran.code == 0, ran.err
    page = (tmp_path / "report.html").read_text("utf-8")
    own = your_rows([path], manifest_of(tmp_path / "m"), payload)
    board = board_page(make_views(board_rows(), set_named(None, own, SPGC), own), SPGC)
    for one in (page, board):
        assert not [tag for tag in TAGS if tag in one]
        assert one.count("<script>") == one.count("</script>") == 1
        assert one.count("<title>") == one.count("</style>") == 1
        assert "49" not in one if "7 * 7" in payload and one is board else True
        assert "{{ 7 * 7 }}" in one or "7 * 7" not in payload
        check(one, markup=False)


def manifest_of(folder: Path):  # type: ignore[no-untyped-def]
    from spgc.data.manifests import read_manifests

    return read_manifests(folder)


def board_rows():  # type: ignore[no-untyped-def]
    from spgc.board.board_rows import read_board

    return read_board(leaderboard_dir(), SPGC)


def test_a_surrogate_in_a_record_is_no_traceback(tmp_path: Path, spgc: Spgc) -> None:
    path = tmp_path / "submission.csv"
    spgc("example", "--split", "test2", "--out", path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    facts = {"files": {path.name: digest}, "engine": "\udcff", "run": {"seconds": 1}}
    (tmp_path / "submission.run.json").write_text(json.dumps(facts))
    assert spgc("report", tmp_path).code == 0
    assert r"\udcff" in (tmp_path / "report.html").read_text("utf-8")
    ran = spgc("report", tmp_path, "--terminal")
    assert ran.code == 0
    assert r"\udcff" in ran.out
