"""A challenge of two classes and one of twenty go through every command alike."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.conftest import Spgc

EACH = 6
"""Cases of each class."""


def write(path: str, labels: Sequence[str]) -> None:
    Path(path).parent.mkdir(exist_ok=True)
    rows = "".join(f"P{number},{label}\n" for number, label in enumerate(labels, start=1))
    Path(path).write_text(f"Study,Label\n{rows}")


@pytest.fixture(params=[2, 20], ids=["two", "twenty"])
def names(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spgc: Spgc
) -> list[str]:
    """The classes of a challenge in `mine`; `good.csv` has one wrong, `poor.csv` two in three."""
    monkeypatch.chdir(tmp_path)
    made = [f"kind {chr(ord('a') + number)}" for number in range(request.param)]
    labels = [made[number * 7 % len(made)] for number in range(EACH * len(made))]
    write("labels.csv", labels)
    write("sent/good.csv", [labels[1], *labels[1:]])
    write("sent/poor.csv", [k if i % 3 == 0 else made[0] for i, k in enumerate(labels)])
    done = spgc("challenge", "init", "mine", "--labels", "labels.csv")
    assert done.code == 0, done.err
    return made


def test_it_is_checked_and_its_example_is_valid(names: list[str], spgc: Spgc) -> None:
    assert spgc("challenge", "check", "mine").code == 0
    done = spgc("example", "--challenge", "mine", "--probabilities", "--out", "example.csv")
    assert done.code == 0
    assert len(Path("example.csv").read_text().splitlines()[0].split(",")) == 2 + len(names)
    assert spgc("validate", "example.csv", "--challenge", "mine").code == 0


def test_it_is_scored_ranked_and_guarded(names: list[str], spgc: Spgc) -> None:
    done = json.loads(spgc("score", "sent/good.csv", "--challenge", "mine", "--json").out)
    assert done["classes"] == names
    (group,) = done["groups"]
    assert group["accuracy"]["hits"] == EACH * len(names) - 1
    assert [sum(row) for row in group["confusion"]] == [EACH] * len(names)
    for form in ("rich", "markdown", "latex", "html", "json"):
        text = spgc("leaderboard", "sent", "--challenge", "mine", "--format", form).out
        assert all(name in text for name in names), form
    done = spgc("leaderboard", "sent", "--challenge", "mine", "--format", "csv")
    first, _ = csv.DictReader(io.StringIO(done.out))
    rights = [int(value) for name, value in first.items() if name.startswith("right_")]
    assert (len(rights), sum(rights)) == (len(names), EACH * len(names) - 1)
    gate = ("regress", "gate.json", "--challenge", "mine", "--submission")
    assert spgc(*gate, "sent/good.csv", "--update").code == 0
    assert spgc(*gate, "sent/good.csv").code == 0
    assert spgc(*gate, "sent/poor.csv").code == 1
    words = ("--submissions", "1,5", "--feedback", "classes", "--json")
    budget = json.loads(spgc("challenge", "budget", "--challenge", "mine", *words).out)
    assert budget["sets"] == [{"set": "test", "cases_per_class": [EACH] * len(names)}]


def test_teams_are_ranked_and_compared(names: list[str], spgc: Spgc) -> None:
    done = spgc("challenge", "score", "sent", "--challenge", "mine", "--out", "boards", "--json")
    assert done.code == 0, done.err
    (table,) = json.loads(done.out)["final"]
    assert [one["team"] for one in table["ranked"]] == ["good", "poor"]
    assert names[-1] in Path("boards/board.html").read_text()
    compared = spgc("compare", "sent/good.csv", "sent/poor.csv", "--challenge", "mine", "--json")
    assert json.loads(compared.out)["groups"][0]["patients"] == EACH * len(names)


@pytest.mark.parametrize("number", [1, 21])
def test_one_class_and_twenty_one_are_refused(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spgc: Spgc
) -> None:
    monkeypatch.chdir(tmp_path)
    write("labels.csv", [f"kind {i % number}" for i in range(42)])
    done = spgc("challenge", "init", "mine", "--labels", "labels.csv")
    assert done.code == 1
    assert f"found {number} in the column Label, expected 2 to 20" in done.err
    assert not Path("mine").exists()
