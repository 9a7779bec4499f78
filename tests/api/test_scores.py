"""`spgc.score` takes answers and labels in any form and always gives the same score."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spgc
from spgc.data.manifests import Manifest
from spgc.errors import SubmissionError, UsageError
from spgc.scoring.result import Score

CASES = ["P1", "P2", "P3", "P4"]
TRUTH = dict(zip(CASES, ("covid-19", "cap", "normal", "normal"), strict=True))
ANSWERS = {**TRUTH, "P2": "normal"}
CODES = {0: "covid-19", 1: "cap", 2: "normal"}
FEW: Any = {"resamples": 100}


def numbers(labels: dict[str, str]) -> list[int]:
    return [["covid-19", "cap", "normal"].index(label) for label in labels.values()]


@pytest.fixture
def known() -> Score:
    return spgc.score(ANSWERS, TRUTH, **FEW)


def write(path: Path, labels: dict[str, str]) -> Path:
    path.write_text("Study,Label\n" + "".join(f"{c},{k}\n" for c, k in labels.items()))
    return path


def test_files_and_mappings_are_scored_alike(known: Score, tmp_path: Path) -> None:
    answers, truth = write(tmp_path / "a.csv", ANSWERS), write(tmp_path / "t.csv", TRUTH)
    for given in (answers, str(answers), [answers]):
        assert spgc.score(given, truth, **FEW) == known
    assert spgc.score(ANSWERS, str(truth), **FEW) == known


def test_arrays_are_scored_by_their_case_ids(known: Score) -> None:
    counted, right = numbers(ANSWERS), numbers(TRUTH)
    for kind in (list, np.array, tuple):
        result = spgc.score(kind(counted), kind(right), cases=CASES, labels=CODES, **FEW)
        assert [g.confusion for g in result.groups] == [g.confusion for g in known.groups]
    words = np.array(list(ANSWERS.values()))
    assert spgc.score(words, TRUTH, cases=iter(CASES), **FEW) == known
    order = ["P4", "P2", "P1", "P3"]
    mixed = [ANSWERS[case] for case in order]
    assert spgc.score(mixed, TRUTH, cases=order, **FEW).groups[0].confusion == (
        known.groups[0].confusion
    )


def test_probabilities_may_be_an_array() -> None:
    shares = np.eye(3)[numbers(TRUTH)] * 0.8 + 0.2 / 3
    by_array = spgc.score(None, TRUTH, cases=CASES, probabilities=shares, argmax=True, **FEW)
    mapping = {case: list(row) for case, row in zip(CASES, shares, strict=True)}
    assert by_array == spgc.score(None, TRUTH, probabilities=mapping, argmax=True, **FEW)
    assert by_array.groups[0].confusion.accuracy.hits == 4


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"predictions": ["cap"], "cases": CASES}, "not as many: found 1 and 4"),
        ({"predictions": ["cap"] * 4, "cases": ["P1", "P1", "P2", "P3"]}, "named twice"),
        ({"predictions": ["cap"] * 4, "cases": [1, 2, 3, 4]}, "no text: found 1"),
        ({"predictions": np.eye(4), "cases": CASES}, "rows of numbers"),
        ({"predictions": np.array(["cap"] * 4)}, "found ndarray"),
        ({"predictions": ANSWERS, "truth": ["cap"] * 4}, "truth is no mapping"),
        ({"predictions": ANSWERS, "truth": ["cap"], "cases": CASES}, "not as many"),
    ],
)
def test_arrays_that_fit_no_cases_are_refused(arguments: dict[str, Any], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        spgc.score(**{"truth": TRUTH, **arguments})


def test_a_folder_of_manifests_is_a_truth(tiny: Manifest, tmp_path: Path) -> None:
    rows = "case,label,split,source,certainty\nA,COVID-19,mine,me,own\nB,CAP,mine,me,own\n"
    (tmp_path / "mine.csv").write_text(rows)
    result = spgc.score({"A": "cap", "B": "cap"}, tmp_path, **FEW)
    assert result.splits["mine"].confusion.accuracy.hits == 1
    assert not result.signature.truth
    assert spgc.score(tiny.truth("test2"), tiny, **FEW).splits["test2"].confusion.total == 3


def test_frames_and_series_are_read_like_files(known: Score, tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"Study": CASES, "Label": list(ANSWERS.values())})
    truth = pd.DataFrame({"case": CASES, "label": list(TRUTH.values())})
    by_file = spgc.score(write(tmp_path / "a.csv", ANSWERS), TRUTH, **FEW)
    assert spgc.score(frame, truth, **FEW) == by_file
    assert spgc.score(frame.set_index("Study"), pd.Series(TRUTH), **FEW) == by_file
    assert spgc.score(frame.set_axis(["a", "b", "c", "d"]), TRUTH, **FEW) == by_file
    assert spgc.score(frame.set_index("Study").rename_axis("whoever"), TRUTH, **FEW) == by_file
    assert spgc.score(frame[frame.Study != "x"].sample(frac=1), TRUTH, **FEW) == by_file
    assert spgc.score(pd.Series(ANSWERS), TRUTH, **FEW) == known
    coded = pd.DataFrame({"id": CASES, "class": numbers(ANSWERS)})
    assert spgc.score(coded, TRUTH, labels=CODES, **FEW).groups[0].confusion.accuracy.hits == 3


def test_a_frame_of_probabilities_answers_by_the_largest() -> None:
    pd = pytest.importorskip("pandas")
    shares = np.eye(3)[numbers(TRUTH)]
    frame = pd.DataFrame(shares, index=CASES, columns=["p_covid19", "p_cap", "p_normal"])
    result = spgc.score(frame, TRUTH, argmax=True, **FEW)
    assert result.groups[0].confusion.accuracy.hits == 4
    assert "auc:macro" in result.groups[0].estimates


def test_what_is_wrong_with_a_frame_is_said() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"Study": CASES, "Label": ["cap", "cap", None, "flu"]})
    with pytest.raises(SubmissionError, match="<predictions>, line"):
        spgc.score(frame, TRUTH)
    with pytest.raises(UsageError, match="several levels"):
        spgc.score(frame.set_index(["Study", "Label"]), TRUTH)
    with pytest.raises(SubmissionError, match="<predictions>"):
        spgc.score(pd.DataFrame({"a": [1]}), TRUTH)


def test_the_result_is_that_of_the_library(known: Score) -> None:
    from spgc.scoring.score import score

    plain = score(ANSWERS, TRUTH, resamples=100)
    assert isinstance(known, Score)
    assert known.as_dict(cases=True) == plain.as_dict(cases=True)


@pytest.mark.parametrize("column", ["id", "name", "Patient"])
def test_an_index_and_a_column_that_name_other_cases_are_refused(column: str) -> None:
    """Rows numbered in each table by itself would pair the answers with other patients."""
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"Label": ANSWERS.values()}, index=CASES)
    with pytest.raises(UsageError, match=f"the index and the column {column}") as caught:
        spgc.score(frame.assign(**{column: range(4)}), TRUTH, **FEW)
    assert "'P1' and '0'" in str(caught.value)
    truth = pd.DataFrame({"Label": TRUTH.values()}, index=CASES[::-1])
    with pytest.raises(UsageError, match="truth: the index"):
        spgc.score(ANSWERS, truth.assign(**{column: range(4)}), **FEW)


def test_an_index_that_says_the_same_or_nothing_stands_in_no_way(known: Score) -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"Label": ANSWERS.values(), "id": CASES}, index=CASES)
    assert spgc.score(frame, TRUTH, **FEW) == known
    rows = frame.rename(columns={"id": "Study"}).set_axis(list("abcd"), axis=0)
    assert spgc.score(rows, TRUTH, **FEW) == known
    with pytest.raises(UsageError, match="the index and the column Study"):
        spgc.score(rows.rename_axis("case"), TRUTH, **FEW)


def test_columns_of_probabilities_in_another_order_are_refused() -> None:
    """scikit-learn sorts its classes, so that an AUC would be another class's."""
    cases = [f"P{i}" for i in range(30)]
    truth = [("covid-19", "cap", "normal")[i % 3] for i in range(30)]
    shares = np.eye(3)[numbers(dict(zip(cases, truth, strict=True)))] * 0.7 + 0.1
    given: Any = {"truth": truth, "cases": cases, **FEW}
    assert spgc.score(truth, probabilities=shares, **given).overall is None
    with pytest.raises(SubmissionError, match="in another order than the classes") as caught:
        spgc.score(truth, probabilities=shares[:, [1, 0, 2]], **given)
    assert "in 10 of 30 cases, with the columns in another order in 30" in str(caught.value)
    few = {**given, "truth": truth[:9], "cases": cases[:9]}
    spgc.score(truth[:9], probabilities=shares[:9, [1, 0, 2]], **few)  # a threshold may do that
    spgc.score(["normal"] * 30, probabilities=shares[[0] * 30], **given)  # so may an author


def test_probabilities_with_names_of_their_own_are_refused() -> None:
    """A row of a DataFrame may have them in another order."""
    pd = pytest.importorskip("pandas")
    row = pd.Series({"p_cap": 0.2, "p_covid19": 0.7, "p_normal": 0.1})
    with pytest.raises(SubmissionError, match="in the order COVID-19, CAP, Normal"):
        spgc.score(ANSWERS, TRUTH, probabilities=dict.fromkeys(CASES, row), **FEW)
    plain = dict.fromkeys(CASES, pd.Series([0.7, 0.2, 0.1]))
    assert spgc.score(ANSWERS, TRUTH, probabilities=plain, **FEW).cases[0].probabilities
