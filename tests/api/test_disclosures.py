"""The budget and the ladder from Python: any form of answers, a state that goes on, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import spgc
from spgc.errors import DataError, SubmissionError, UsageError

TRUTH = {f"P{i}": ("cap", "normal", "covid-19")[i % 3] for i in range(9)}
ALL_CAP = dict.fromkeys(TRUTH, "cap")


def test_files_and_mappings_climb_alike(tmp_path: Path) -> None:
    """In order, each as `spgc.score` takes it; a state goes through JSON."""
    path = tmp_path / "good.csv"
    path.write_text("Study,Label\n" + "".join(f"{c},{label}\n" for c, label in TRUTH.items()))
    result = spgc.ladder({"all cap": ALL_CAP, "good": path}, TRUTH)
    assert result.names == ("all cap", "good")
    assert result.scores == (3, 9)
    first = spgc.ladder([ALL_CAP], TRUTH)
    state = json.loads(json.dumps(first.state))
    then = spgc.ladder([path, ALL_CAP], TRUTH, state=state)
    assert (first.scores, then.scores) == ((3,), (9, None))
    assert then.state == result.state
    assert then.as_dict()["submissions"][1] == {"submission": "2", "correct": None, "cases": 9}


def test_a_state_holds_no_label() -> None:
    """The best answers are the team's own; what is right of them it does not say."""
    state = spgc.ladder([ALL_CAP], TRUTH).state
    assert set(state) == {"schema", "standard_errors", "best", "score"}
    assert set(state["best"]) == {1}


def test_more_standard_errors_hold_more_back() -> None:
    """Three answers put right are more than one standard error, and less than two."""
    better = ALL_CAP | {case: TRUTH[case] for case in ("P1", "P2", "P4")}
    assert spgc.ladder([ALL_CAP, better], TRUTH).scores == (3, 6)
    assert spgc.ladder([ALL_CAP, better], TRUTH, standard_errors=2).scores == (3, None)


def test_the_challenges_sets_by_name(tmp_path: Path) -> None:
    """A file that answers more than what is scored is good, as for `spgc.score`."""
    truth = {c.case_id: c.label for c in spgc_manifest() if c.split in ("test1", "test4")}
    result = spgc.ladder([truth], split="test1")
    assert (result.scores, result.cases) == ((30,), 30)


def spgc_manifest() -> Any:
    from spgc.data.manifests import read_manifests

    return read_manifests()


@pytest.mark.parametrize(
    ("given", "options", "error", "said"),
    [
        (ALL_CAP, {}, UsageError, "submissions are not several"),
        ("a.csv", {}, UsageError, "submissions are not several"),
        ([{"P0": "cap"}], {}, SubmissionError, "missing|no answer"),
        ([ALL_CAP], {"standard_errors": 0}, UsageError, "standard_errors"),
        ([ALL_CAP], {"state": {}}, DataError, "no state of a ladder"),
        ([ALL_CAP], {"split": "mine"}, UsageError, "unknown split"),
    ],
)
def test_what_the_ladder_refuses(
    given: Any, options: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        spgc.ladder(given, TRUTH, **options)


def test_a_state_of_other_cases_is_refused() -> None:
    state = spgc.ladder([{"Q": "cap"}], {"Q": "cap"}).state
    with pytest.raises(DataError, match="not one answer per case"):
        spgc.ladder([ALL_CAP], TRUTH, state=state)


@pytest.mark.parametrize(
    "options",
    [
        {"submissions": [0]},
        {"submissions": [1.5]},
        {"submissions": []},
        {"feedback": "auc"},
        {"feedback": []},
        {"seed": -1},
        {"standard_errors": 6},
    ],
    ids=str,
)
def test_what_the_budget_refuses(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        spgc.disclosure_budget(TRUTH, **options)


def test_one_kind_or_several() -> None:
    one = spgc.disclosure_budget(TRUTH, feedback="hits", submissions=[2])
    two = spgc.disclosure_budget(TRUTH, feedback=["hits", "none"], submissions=[2])
    assert [leak.feedback for leak in two.leaks] == ["hits", "none"]
    assert one.leaks[0] == two.leaks[0]
    assert "hits" in repr(one)
