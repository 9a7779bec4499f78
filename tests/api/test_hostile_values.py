"""Values that a program gives by mistake: refused in one line, never scored as something else."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import spgc
from spgc.errors import SpgcError, UsageError

TRUTH = {"P1": "covid-19", "P2": "cap", "P3": "normal", "P4": "normal"}
ANSWERS = {**TRUTH, "P2": "normal"}
SHARES = {
    "P1": (0.7, 0.2, 0.1),
    "P2": (0.1, 0.8, 0.1),
    "P3": (0.1, 0.1, 0.8),
    "P4": (0.2, 0.2, 0.6),
}
HUGE = 10**5000
COMPOSED = "Jos\u00e9"
APART = unicodedata.normalize("NFD", COMPOSED)

Call = Callable[[], Any]


def series(labels: dict[str, str], twice: str) -> Any:
    """Labels with the index of one case twice, and another class there."""
    pandas = pytest.importorskip("pandas")
    return pandas.Series([*labels.values(), "normal"], index=[*labels, twice])


CALLS_ON_SERIES: dict[str, Callable[[Any], Any]] = {
    "predictions": lambda twice: spgc.score(twice, TRUTH),
    "truth": lambda twice: spgc.score(ANSWERS, twice),
    "compare": lambda twice: spgc.compare(twice, ANSWERS, TRUTH),
    "validate": lambda twice: spgc.validate(twice, TRUTH),
    "leaderboard": lambda twice: spgc.leaderboard({"a": twice, "b": ANSWERS}, TRUTH),
}


@pytest.mark.parametrize("name", CALLS_ON_SERIES)
def test_a_case_that_a_series_holds_twice_is_refused(name: str) -> None:
    """`Series.to_dict` takes the last of two classes, and the score would be of that one."""
    with pytest.raises(UsageError, match="twice in the index of a Series: found 'P2'"):
        CALLS_ON_SERIES[name](series(TRUTH, "P2"))


@pytest.mark.parametrize("cases", [set(TRUTH), frozenset(TRUTH), "P1P2", b"P1", 4])
def test_cases_have_an_order(cases: Any) -> None:
    """The order of a set is any: answers would be given to other cases."""
    with pytest.raises(UsageError, match="cases is no list of case IDs in the order"):
        spgc.score(list(ANSWERS.values()), TRUTH, cases=cases)


@pytest.mark.parametrize("cases", [list(TRUTH), tuple(TRUTH), TRUTH, TRUTH.keys(), iter(TRUTH)])
def test_everything_that_has_an_order_is_taken(cases: Any) -> None:
    result = spgc.score(list(ANSWERS.values()), TRUTH, cases=cases)
    assert result.splits["own"].confusion.accuracy.hits == 3


def test_a_case_that_is_named_twice_among_many_is_found_at_once() -> None:
    """Counting each name of 100,000 among all of them took many minutes."""
    cases = [f"P{number}" for number in range(100_000)]
    with pytest.raises(UsageError, match="named twice in cases: found P99999"):
        spgc.score(["cap"] * 100_001, ["cap"] * 100_001, cases=[*cases, cases[-1]])


@pytest.mark.parametrize(
    "share",
    [{0.7, 0.2, 0.1}, "001", b"001", {0.7: 1, 0.2: 1, 0.1: 1}, (HUGE, 0, 0), (10**400, 0, 0)],
    ids=["set", "text", "bytes", "mapping", "too many digits", "too large"],
)
def test_probabilities_without_an_order_or_a_value_are_refused(share: Any) -> None:
    with pytest.raises(SpgcError, match="case P1 has no valid probabilities"):
        spgc.score(ANSWERS, TRUTH, probabilities={**SHARES, "P1": share})


def test_probabilities_of_a_part_of_a_set_are_refused() -> None:
    """Else the AUC, log loss and Brier score would be left out without a word."""
    few = {case: share for case, share in SHARES.items() if case != "P1"}
    with pytest.raises(SpgcError, match="case P1 has no probabilities"):
        spgc.score(ANSWERS, TRUTH, probabilities=few)
    with pytest.raises(SpgcError, match="case P1 has no probabilities"):
        spgc.score(ANSWERS, TRUTH, probabilities={**few, "p1": SHARES["P1"]})
    assert spgc.score(ANSWERS, TRUTH, probabilities={}).splits["own"].calibration == ()


def test_a_case_in_two_unicode_forms_is_refused() -> None:
    """They look the same, and one of both answers would be left out."""
    with pytest.raises(SpgcError, match="named twice, in two Unicode forms"):
        spgc.score({COMPOSED: "cap", APART: "normal"}, {COMPOSED: "cap"})
    with pytest.raises(SpgcError, match="named twice, in two Unicode forms"):
        spgc.score({COMPOSED: "cap"}, {COMPOSED: "cap", APART: "normal"})
    both = {COMPOSED: (0.1, 0.8, 0.1), APART: (0.8, 0.1, 0.1)}
    with pytest.raises(SpgcError, match="named twice, in two Unicode forms"):
        spgc.score({COMPOSED: "cap"}, {COMPOSED: "cap"}, probabilities=both)


@pytest.mark.parametrize("given", [COMPOSED, APART])
@pytest.mark.parametrize("true", [COMPOSED, APART])
def test_either_form_names_the_case_and_its_probabilities(given: str, true: str) -> None:
    shares = {APART: (0.1, 0.8, 0.1), "P2": (0.1, 0.1, 0.8)}
    truth = {true: "cap", "P2": "normal"}
    result = spgc.score({given: "cap", "P2": "cap"}, truth, probabilities=shares)
    group = result.splits["own"]
    assert group.confusion.accuracy.hits == 1
    assert group.estimates["auc:macro"].value == 1


def test_two_systems_of_one_name_are_refused() -> None:
    """1 and "1" are one name on a board, which would have had one row."""
    systems: Any = {1: ANSWERS, "1": TRUTH}
    for call in (spgc.leaderboard, spgc.agreement):
        with pytest.raises(UsageError, match="two systems have one name: found 1"):
            call(systems, TRUTH)


ODD: dict[str, Call] = {
    "class of too many digits": lambda: spgc.score({**ANSWERS, "P1": HUGE}, TRUTH),
    "truth of too many digits": lambda: spgc.score(ANSWERS, {**TRUTH, "P1": HUGE}),
    "code of too many digits": lambda: spgc.score(ANSWERS, TRUTH, labels={HUGE: "flu"}),
    "case of too many digits": lambda: spgc.score({HUGE: "cap"}, TRUTH),  # type: ignore[arg-type]
    "case of too many digits, compared": lambda: spgc.compare({HUGE: "cap"}, TRUTH, TRUTH),
    "resamples of too many digits": lambda: spgc.score(ANSWERS, TRUTH, resamples=HUGE),
    "half of a sign": lambda: spgc.score({"\udcff": "cap"}, {"\udcff": "cap"}),
    "split is a number": lambda: spgc.score(ANSWERS, TRUTH, split=5),  # type: ignore[arg-type]
    "split is a list": lambda: spgc.score(ANSWERS, TRUTH, split=["own"]),  # type: ignore[arg-type]
    "challenge is a number": lambda: spgc.score(ANSWERS, TRUTH, challenge=5),  # type: ignore[arg-type]
    "state is a number": lambda: spgc.ladder([ANSWERS], TRUTH, state=5),  # type: ignore[arg-type]
    "submissions is a number": lambda: spgc.disclosure_budget(TRUTH, submissions=5),  # type: ignore[arg-type]
    "names are a text": lambda: spgc.compare(ANSWERS, TRUTH, TRUTH, names="ab"),
    "names are numbers": lambda: spgc.compare(ANSWERS, TRUTH, TRUTH, names=[1, 2]),  # type: ignore[list-item]
    "array of no axis": lambda: spgc.score(np.array("cap"), TRUTH, cases=["P1"]),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_values_are_one_line(name: str) -> None:
    with pytest.raises(SpgcError) as refused:
        ODD[name]()
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize("column", ["case", "prediction", HUGE], ids=["case", "class", "name"])
@pytest.mark.parametrize("index", [None, ["a", "b"]], ids=["numbered", "named"])
def test_a_number_of_too_many_digits_in_a_frame_is_one_line(column: Any, index: Any) -> None:
    pandas = pytest.importorskip("pandas")
    plain: dict[Any, Any] = {"case": ["P1", "P2"], "prediction": ["cap", "normal"]}
    frame = pandas.DataFrame({**plain, column: ["x", HUGE]}, index=index)
    with pytest.raises(SpgcError):
        spgc.score(frame, TRUTH)
    with pytest.raises(SpgcError):
        spgc.score(ANSWERS, frame)


def test_a_class_of_too_many_digits_is_a_problem_among_others() -> None:
    """A check never raises for what answers hold."""
    result = spgc.validate({**ANSWERS, "P1": HUGE}, TRUTH)
    assert [problem.kind for problem in result.refused] == ["unknown-label"]
