"""Output never fails for its encoding, and a full disk or a closed pipe is no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from spgc.cli.streams import forget_wrong_sizes, plain
from spgc.data.manifests import read_manifests

FULL = Path("/dev/full")


@pytest.fixture(scope="module")
def normals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A submission of test2 with dashes from a word processor in its case IDs."""
    path = tmp_path_factory.mktemp("streams") / "normäls.csv"
    cases = [case.case_id.replace("-", "–") for case in read_manifests().split("test2")]
    path.write_text("Study,Label\n" + "".join(f"{case},normal\n" for case in cases), "utf-8")
    return path


def run(*words: object, encoding: str = "utf-8", **streams: object) -> subprocess.CompletedProcess:  # type: ignore[type-arg]
    environment = {**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding, "COLUMNS": "80"}
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.run(
        [sys.executable, "-m", "spgc", *map(str, words)], check=False, env=environment, **given
    )


@pytest.mark.parametrize("encoding", ["cp1252", "gbk", "latin-1", "cp437", "ascii"])
def test_tables_in_any_encoding(encoding: str, normals: Path) -> None:
    for words in (["leaderboard", "--split", "test2", "--add", normals], ["score", normals]):
        done = run(*words, encoding=encoding)
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
        text = done.stdout.decode(encoding)
        assert "10/30" in text
        assert "17.3" in text


@pytest.mark.parametrize(
    "words", [["score", "--help"], ["validate"], ["leaderboard", "--format", "markdown"]], ids=str
)
def test_help_remarks_and_documents_in_ascii(words: list[str], normals: Path) -> None:
    done = run(*words, *([normals] if words == ["validate"] else []), encoding="ascii")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.decode("ascii")) > 200 or words == ["validate"]


def test_json_and_pages_lose_nothing_in_ascii(normals: Path) -> None:
    """JSON has escapes for what the stream lacks, and a page names UTF-8 as its encoding."""
    import json

    done = run("leaderboard", "--add", normals, "--json", encoding="ascii")
    teams = [e["team"] for e in json.loads(done.stdout.decode("ascii"))["sets"][0]["ranked"]]
    assert normals.stem in teams
    done = run("leaderboard", "--add", normals, "--format", "html", encoding="latin-1")
    assert f"▶ {normals.stem}" in done.stdout.decode("utf-8")


def test_signs_have_likenesses() -> None:
    assert "".join(map(plain, "1–2 ▶ ü ± ²")) == "1-2 > u +- 2"
    assert plain("┼") == "+"
    assert plain("患") == "?"


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize(
    "words",
    [
        ["leaderboard"],
        ["leaderboard", "--format", "csv"],
        ["leaderboard", "--format", "html"],
        ["leaderboard", "--json"],
        ["example"],
        ["--version"],
        ["score", "--help"],
    ],
    ids=" ".join,
)
def test_a_full_disk_is_one_line(words: list[str]) -> None:
    with FULL.open("wb") as full:
        done = run(*words, stdout=full)
    assert done.returncode == 1
    assert done.stderr == b"error: can't write the output: found No space left on device\n"


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")
def test_nowhere_to_complain_to(tmp_path: Path) -> None:
    with FULL.open("wb") as full:
        done = run("score", tmp_path / "none.csv", stdout=full, stderr=full)
    assert done.returncode == 1


@pytest.mark.parametrize("kind", ["full", "closed"])
def test_work_goes_on_when_nobody_can_read_its_remarks(kind: str, tmp_path: Path) -> None:
    """A terminal that was closed, a full disk behind a log: the result is written all the same."""
    if kind == "full" and not FULL.exists():
        pytest.skip("no /dev/full on this system")
    made = tmp_path / "mine"
    labels = tmp_path / "labels.csv"
    labels.write_text("Study,Label\na,rose\nb,lily\n")
    with _no_reader(kind) as gone:
        done = run("challenge", "init", made, "--labels", labels, stderr=gone)
        assert done.returncode == 0
        assert b"Wrote" in done.stdout
        assert (made / "public" / "challenge.toml").exists()
        assert run("score", tmp_path / "none.csv", stderr=gone).returncode == 1
        assert run("challenge", "init", made, "--labels", labels, stderr=gone).returncode == 2


@contextmanager
def _no_reader(kind: str) -> Iterator[IO[bytes]]:
    """Something open for writing that takes nothing."""
    if kind == "full":
        with FULL.open("wb") as full:
            yield full
        return
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        yield pipe


@pytest.mark.parametrize("words", [["leaderboard", "--split", "all"], ["leaderboard", "--json"]])
def test_a_closed_pipe_is_quiet(words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = run(*words, stdout=pipe)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(os.name == "nt", reason="needs a shell that closes streams")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_a_stream_that_is_closed_from_the_start(closed: str, normals: Path, tmp_path: Path) -> None:
    """As some services start programs: nothing that was meant for it lands in a file."""
    picture = tmp_path / "picture.svg"
    words = f'"{sys.executable}" -m spgc score "{normals}" --picture "{picture}" {closed}'
    done = subprocess.run(["/bin/sh", "-c", words], check=False, capture_output=True)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    assert picture.read_text("utf-8").rstrip().endswith("</svg>")


@pytest.mark.skipif(os.name == "nt", reason="has no such limits")
@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("OSError", "OSError(24, 'Too many open files')", "allow more open files"),
        ("MemoryError", "MemoryError()", "not enough memory"),
        ("RuntimeError", 'RuntimeError("can\'t start new thread")', "allow more processes"),
    ],
)
def test_what_the_machine_is_short_of_is_one_line(name: str, error: str, said: str) -> None:
    code = (
        "import spgc.cli.main as m\n"
        f"def short(): raise {error}\n"
        "m.app = short\nimport sys\nsys.exit(m.run())"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert said in done.stderr


def test_a_pipe_for_a_worker_that_is_refused_is_one_line() -> None:
    """loky's clean-up after it meets a name that has no value yet, which would be a traceback."""
    code = (
        "import spgc.cli.main as m\n"
        "def launch():\n"
        "    try:\n        raise OSError(24, 'Too many open files')\n        pipe = 1\n"
        "    finally:\n        print(pipe)\n"
        "m.app = launch\nimport sys\nsys.exit(m.run())"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "allow more open files" in done.stderr


def test_an_error_after_a_signal_to_stop_keeps_the_code_of_the_stop() -> None:
    """Libraries in C++ make errors of their own of a stop."""
    code = (
        "import spgc.cli.main as m\n"
        "from spgc.errors import DataError\n"
        "from spgc.jobs.interrupts import note\n"
        "def late():\n    note(15)\n    raise DataError('late')\n"
        "m.app = late\nimport sys\nsys.exit(m.run())"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (143, "error: late\n")


@pytest.mark.skipif(os.name == "nt", reason="needs a shell that closes streams")
def test_workers_of_a_process_without_streams(cohort: Path, tmp_path: Path) -> None:
    """They get the same: without, they die as they start."""
    places = f'--data "{cohort}" --store "{tmp_path / "store"}" --jobs 2'
    words = f'"{sys.executable}" -m spgc preprocess {places} >&- 2>&- <&-'
    assert subprocess.run(["/bin/sh", "-c", words], check=False).returncode == 0
    assert len(list((tmp_path / "store" / "volumes").iterdir())) == 12


@pytest.mark.parametrize("name", ["COLUMNS", "LINES", "TERMINAL_WIDTH"])
def test_sizes_that_no_terminal_has_are_forgotten(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in ("0", "-5", "abc", "", "\u0663", "1e9", "1000000000", "9" * 5000):
        monkeypatch.setenv(name, value)
        forget_wrong_sizes()
        assert name not in os.environ
    monkeypatch.setenv(name, "120")
    forget_wrong_sizes()
    assert os.environ[name] == "120"
