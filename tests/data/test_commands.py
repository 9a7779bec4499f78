"""`spgc data` at the command line: exit codes, text and JSON."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spgc.cli.app import app
from spgc.data.manifests import COLUMNS
from spgc.protocol import CLASSES, SPLITS
from tests.data.trees import tree

TEST2 = [f"Test-2/T2-{n:03d}" for n in range(1, 31)]


def run(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["data", *map(str, words)])
    return result.exit_code, result.stdout


def test_a_part_of_the_data_is_fine(tmp_path: Path) -> None:
    code, text = run("check", tree(tmp_path, *TEST2), "--quiet")
    assert code == 0
    words = [line.split() for line in text.splitlines()]
    assert any(line[:3] == ["test2", "complete", "30/30"] for line in words)
    assert any(line[:3] == ["train", "absent", "0/209"] for line in words)
    assert "0 errors, 0 doubts." in text


def test_holes_end_in_code_1(tmp_path: Path) -> None:
    code, text = run("check", tree(tmp_path, *TEST2[:-5]), "--json")
    told = json.loads(text)
    assert (code, told["ok"]) == (1, False)
    assert told["sets"]["test2"]["found"] == 25
    assert told["findings"] == [
        {
            "severity": "error",
            "where": "test2",
            "what": "5 of 30 scans missing: T2-026–T2-030",
            "cases": [f"T2-{n:03d}" for n in range(26, 31)],
        }
    ]


def test_index_then_check(tmp_path: Path) -> None:
    root = tree(tmp_path, "train/CAP/one", "train/Normal/two")
    assert run("index", root)[0] == 0
    code, text = run("check", root, "--json")
    assert code == 0
    assert json.loads(text)["sets"]["train"]["state"] == "complete"


@pytest.mark.parametrize("name", SPLITS)
def test_info_tells_the_manifest(name: str) -> None:
    code, text = run("info", name, "--json")
    (told,) = json.loads(text)["sets"]
    assert code == 0
    assert tuple(told["scans"][label] for label in CLASSES) == SPLITS[name].counts
    assert sum(told["certainty"].values()) == told["size"] == SPLITS[name].size
    assert tuple(told["columns"]) == COLUMNS
    assert all(row["split"] == name for row in told["examples"])


def test_info_by_alias() -> None:
    code, text = run("info", "low-dose")
    assert code == 0
    assert "Table 7" in text
    assert "case,label,split,source,certainty" in text
    assert "30 published" in text


def test_info_of_a_split_of_ones_own(tmp_path: Path) -> None:
    """By the manifests that are named; a slip is answered from them."""
    root = tree(tmp_path, "CAP/one", "Normal/two", "Normal/three")
    assert run("index", root)[0] == 0
    manifests = ("--manifests", root / "manifests")
    code, text = run("info", "own", *manifests, "--json")
    (told,) = json.loads(text)["sets"]
    assert code == 0
    assert told["scans"] == {"COVID-19": 0, "CAP": 1, "Normal": 2}
    assert (told["size"], told["ranked"], told["certainty"]) == (3, False, {"own": 3})
    assert told["manifest"] == str(root / "manifests" / "own.csv")
    assert run("info", *manifests, "--json")[1] == text
    code, text = run("info", "own", *manifests)
    assert code == 0
    assert "also called" not in text
    for words, what in (
        (("onw", *manifests), "did you mean 'own'"),
        (("test1", *manifests), "the manifests hold no case of test1"),
        (("own",), "described with --manifests DIR"),
    ):
        result = CliRunner().invoke(app, ["data", "info", *map(str, words)])
        assert what in str(result.exception)
