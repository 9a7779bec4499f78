"""A call of the package gives what its command gives: the same files, texts and JSON values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import spgc
from spgc.api.shown import Shown
from tests.cli.conftest import Spgc
from tests.cli.conftest import spgc as command

cli = command

TRUTH = {"P1": "covid-19", "P2": "cap", "P3": "normal", "P4": "normal"}
BEFORE = {**TRUTH, "P2": "normal"}
FILES = {"truth.csv": TRUTH, "before.csv": BEFORE, "after.csv": TRUTH}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, labels in FILES.items():
        rows = "".join(f"{case},{label}\n" for case, label in labels.items())
        Path(name).write_text(f"Study,Label\n{rows}")
    return tmp_path


def document(cli: Spgc, *words: object, code: int = 0) -> dict[str, Any]:
    """What `--json` prints, without what every document has."""
    ran = cli(*words, "--json")
    assert ran.code == code, ran.err
    printed: dict[str, Any] = json.loads(ran.out)
    return {key: value for key, value in printed.items() if key not in ("command", "version")}


def plain(result: Any) -> Any:
    """Its values as they come back from JSON."""
    return json.loads(json.dumps(result.as_dict()))


def shows(result: Shown) -> None:
    """It has a short name, and its HTML holds the first words of what it prints."""
    assert repr(result).startswith("<")
    assert "\n" not in repr(result)
    assert result._repr_html_().startswith('<div class="spgc">')
    assert str(result)


def test_agreement(folder: Path, cli: Spgc) -> None:
    files, truth = ("before.csv", "after.csv"), ("--truth", "truth.csv")
    result = spgc.agreement(files, "truth.csv")
    assert plain(result) == document(cli, "agreement", *files, *truth)
    ran = cli("agreement", *files, *truth)
    assert str(result).split("\n") == [line.rstrip() for line in ran.out.rstrip("\n").split("\n")]
    assert spgc.agreement({"before": BEFORE, "after": TRUTH}, TRUTH) == result
    assert [row["right"] for row in result._rows()] == [2, 1, 2, 2]
    shows(result)
    assert plain(spgc.agreement(split="val")) == document(cli, "agreement", "--split", "val")


def test_agreement_of_one_system_alone_is_refused() -> None:
    with pytest.raises(spgc.SubmissionError, match="fewer than two systems"):
        spgc.agreement({"mine": BEFORE}, TRUTH)
    with pytest.raises(spgc.UsageError, match="a system has no name"):
        spgc.agreement(BEFORE, TRUTH)  # type: ignore[arg-type]


def test_report(folder: Path, cli: Spgc) -> None:
    words = ("--truth", "truth.csv", "--out", "theirs.html")
    assert cli("report", "before.csv", *words).code == 0
    result = spgc.write_report("before.csv", "truth.csv", out="ours.html")
    assert Path("ours.html").read_bytes() == Path("theirs.html").read_bytes()
    assert result._rows() == [{"case": "P2", "set": "own", "truth": "CAP", "answer": "Normal"}]
    assert result.score.groups[0].confusion.accuracy.hits == 3
    assert result.missing
    shows(result)
    assert spgc.write_report("before.csv", "truth.csv").path == Path("report.html")
    assert spgc.write_report(BEFORE, TRUTH, force=True).path == Path("report.html")


def test_a_report_replaces_nothing_of_others(folder: Path) -> None:
    Path("mine.html").write_text("my own notes")
    with pytest.raises(spgc.UsageError, match="none that spgc wrote"):
        spgc.write_report(BEFORE, TRUTH, out="mine.html")
    with pytest.raises(spgc.UsageError, match="one that is read"):
        spgc.write_report("before.csv", "truth.csv", out="truth.csv", force=True)
    assert Path("truth.csv").read_text().startswith("Study")
    with pytest.raises(spgc.DataError, match="no run"):
        spgc.write_report("no-such-run")


def test_boards_in_every_form(folder: Path, cli: Spgc) -> None:
    """JSON, CSV and the page: of the published rows, and of a board of one's own."""
    files, truth = ("before.csv", "after.csv"), ("--truth", "truth.csv")
    for board, words in (
        (spgc.leaderboard(split="test2"), ("leaderboard", "--split", "test2")),
        (spgc.leaderboard(files, "truth.csv"), ("leaderboard", *files, *truth)),
    ):
        assert plain(board) == document(cli, *words)
        assert board.to_csv() == cli(*words, "--format", "csv").out
        assert board.to_html() == cli(*words, "--format", "html").out
    bounds = spgc.compare("TheSaviours", split="test2")
    assert plain(bounds) == document(cli, "compare", "TheSaviours", "--split", "test2")


def test_a_record_of_a_score(folder: Path, cli: Spgc) -> None:
    words = ("score", "before.csv", "--truth", "truth.csv", "--format", "eee", "--name", "us/net")
    said = json.loads(cli(*words).out)
    made = json.loads(json.dumps(spgc.score("before.csv", "truth.csv").to_record("us/net")))
    changing = ("evaluation_id", "retrieved_timestamp")
    assert {k: v for k, v in made.items() if k not in changing} == {
        k: v for k, v in said.items() if k not in changing
    }


@pytest.mark.parametrize("split", [None, "test2", "overall"])
def test_data_info(split: str | None, cli: Spgc) -> None:
    words = () if split is None else (split,)
    result = spgc.data_info(split)
    assert plain(result) == document(cli, "data", "info", *words)
    assert str(result) + "\n" == cli("data", "info", *words).out
    assert [row["set"] for row in result._rows()] == [one["set"] for one in result.sets]
    shows(result)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, ()),
        ({"split": "test2", "probabilities": True}, ("--split", "test2", "--probabilities")),
        ({"truth": "truth.csv"}, ("--truth", "truth.csv")),
    ],
    ids=str,
)
def test_example(given: dict[str, Any], words: tuple[str, ...], folder: Path, cli: Spgc) -> None:
    assert spgc.example(**given) == cli("example", *words).out


def test_merge_refuses_what_the_command_refuses(folder: Path, cli: Spgc) -> None:
    with pytest.raises(spgc.DataError) as caught:
        spgc.merge(folder)
    assert str(caught.value) in cli("merge", folder).err
    with pytest.raises(spgc.UsageError, match="no folder to merge"):
        spgc.merge([])
