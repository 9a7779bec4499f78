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
