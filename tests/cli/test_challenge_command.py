"""`spgc challenge budget`: a table with advice, the same from Python, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import spgc as package
from tests.cli.conftest import Spgc


@pytest.fixture
def labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A class of twelve cases in two sets."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "labels.csv"
    classes = ("cap", "normal", "covid-19")
    rows = [f"P{i},{classes[i % 3]},{'ab'[i // 6]}" for i in range(12)]
    path.write_text("\n".join(["Study,Label,split", *rows]))
    return path


def test_the_ranked_scans_without_anything(spgc: Spgc) -> None:
    """Ten submissions with hits per class tell all labels, and the ladder's are bounded."""
    ran = spgc(
        "challenge", "budget", "--submissions", "1,10,200", "--feedback", "classes", "--json"
    )
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    assert [one["certain"] for one in document["leaks"]] == [0, 90, 90]
    assert document["cases"] == 90
    assert document["chance"] == 35
    assert document["sets"][0] == {"set": "test1", "cases_per_class": [15, 0, 15]}
    assert document["harmless_submissions"] == {"classes": 1}


def test_a_table_and_advice_on_own_labels(spgc: Spgc, labels: Path) -> None:
    ran = spgc("challenge", "budget", "--truth", labels, "--submissions", "1,12")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("What scores give away of 12 labels ")
    assert "labels that an attacker has (known for certain)" in ran.out
    head = next(line for line in ran.out.splitlines() if line.strip().startswith("Submissions"))
    assert head.split() == ["Submissions", "none", "ladder", "hits", "sets", "classes"]
    assert "after 12 submissions every label is known for certain" in ran.out
    assert "The ladder slows attackers down and does not stop" in ran.out
    assert max(len(line) for line in ran.out.splitlines()[:6]) <= 80
    one = spgc("challenge", "budget", "--truth", labels, "--split", "a", "--feedback", "hits")
    assert one.out.startswith("What scores give away of 6 labels: hits ")
    assert "Shown: hits: correct predictions of all." in one.out
    assert {"Vote", "Solver", "Certain"} <= set(one.out.split())


def test_python_has_the_same_numbers(spgc: Spgc, labels: Path) -> None:
    words = ("--submissions", "5,3,5", "--seed", 7, "--standard-errors", 2)
    ran = spgc("challenge", "budget", "--truth", labels, *words, "--json")
    made = package.disclosure_budget(labels, submissions=[3, 5], seed=7, standard_errors=2)
    document = json.loads(ran.out)
    assert [document.pop("command"), document.pop("version")] == [
        "challenge budget",
        package.__version__,
    ]
    assert document == made.as_dict()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--submissions", "ten"], 2, "--submissions is not a list of numbers"),
        (["--submissions", "5,,6"], 2, "--submissions is not a list of numbers"),
        (["--submissions", "9999999999"], 2, "--submissions is not a list of numbers"),
        (["--submissions", "0"], 2, "expected whole numbers from 1"),
        (["--submissions", "999999999"], 2, "too much to simulate"),
        (["--split", "test9"], 2, "unknown split"),
        (["--feedback", "auc"], 2, "--feedback"),
        (["--truth", "none.csv"], 1, "none.csv"),
        (["--truth", "a.csv", "--manifests", "."], 2, "--truth and --manifests"),
    ],
    ids=str,
)
def test_what_is_refused(spgc: Spgc, words: list[str], code: int, said: str) -> None:
    ran = spgc("challenge", "budget", *words)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
