"""Scans without an answer: a split is held back, or they are omitted, or filled in."""

from __future__ import annotations

import pytest

from spgc.contract.system import Prediction
from spgc.data.manifests import Case
from spgc.errors import DataError, UsageError
from spgc.protocol import CAP, COVID19, NORMAL
from spgc.runs.missing import MissingPolicy, policy_of, refuse_missing, what_to_write

CASES = [
    Case(name, None, split, "made up", "own")
    for name, split in (("a", "test1"), ("b", "test1"), ("c", "test2"), ("d", "test2"))
]
ALL = {name: Prediction(NORMAL) for name in "abcd"}


def without(*names: str) -> dict[str, Prediction]:
    return {name: answer for name, answer in ALL.items() if name not in names}


def test_everything_is_written_where_nothing_is_missing() -> None:
    for policy in (MissingPolicy(), MissingPolicy(True), MissingPolicy(True, CAP)):
        chosen = what_to_write(CASES, CASES, ALL, policy)
        assert (chosen.cases, chosen.answers) == (tuple(CASES), ALL)
        assert not (chosen.filled or chosen.left_out or chosen.held_back)


def test_an_incomplete_split_is_held_back_and_the_others_are_not() -> None:
    chosen = what_to_write(CASES, CASES, without("b"), MissingPolicy())
    assert [case.case_id for case in chosen.cases] == ["c", "d"]
    assert (chosen.left_out, chosen.held_back) == (("b",), ("test1",))


def test_scans_are_left_out_where_that_is_allowed() -> None:
    chosen = what_to_write(CASES, CASES, without("b", "c"), MissingPolicy(True))
    assert chosen.cases == tuple(CASES)
    assert (chosen.left_out, chosen.held_back) == (("b", "c"), ())
    assert "b" not in chosen.answers


def test_a_class_is_filled_in_for_them_alone() -> None:
    chosen = what_to_write(CASES, CASES, without("d"), MissingPolicy(True, COVID19))
    assert dict(chosen.filled) == {"d": COVID19}
    assert {name: answer.label for name, answer in chosen.answers.items()} == {
        "a": NORMAL,
        "b": NORMAL,
        "c": NORMAL,
        "d": COVID19,
    }


def test_nothing_to_write_is_an_error_that_names_the_scans() -> None:
    with pytest.raises(DataError, match="no prediction for 2 scans: b, c"):
        what_to_write(CASES, CASES, without("b", "c"), MissingPolicy())


def test_a_part_of_a_split_holds_back_nothing_by_itself() -> None:
    """The other parts would write the split all the same."""
    part = [CASES[0], CASES[2]]
    answers = {"a": ALL["a"]}
    with pytest.raises(DataError, match="no prediction for 1 scan: c"):
        what_to_write(CASES, part, answers, MissingPolicy())
    assert what_to_write(CASES, part, answers, MissingPolicy(True)).left_out == ("c",)


def test_missing_scans_are_refused_at_once() -> None:
    refuse_missing([])
    with pytest.raises(DataError, match="submission not written") as caught:
        refuse_missing(["a", "b"])
    assert "--allow-missing" in str(caught.value)


@pytest.mark.parametrize("word", ["cap", "CAP", "Cap"])
def test_a_class_to_fill_in_is_known_in_any_spelling(word: str) -> None:
    assert policy_of(True, word) == MissingPolicy(True, CAP)


def test_policies_without_a_class() -> None:
    assert policy_of(False, None) == MissingPolicy()
    assert policy_of(True, None, probabilities=True) == MissingPolicy(True)


@pytest.mark.parametrize(
    ("allowed", "fill", "probabilities", "message"),
    [
        (True, "healthy", False, "no such class to fill in"),
        (False, "cap", False, "--fill needs --allow-missing"),
        (True, "cap", True, "has no probabilities"),
    ],
)
def test_impossible_policies(allowed: bool, fill: str, probabilities: bool, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        policy_of(allowed, fill, probabilities=probabilities)
