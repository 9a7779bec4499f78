"""Which of two columns is the answer is never guessed: a truth beside it would score as right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spgc.challenge.definition import ChallengeClass
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import Case, Manifest
from spgc.errors import DataError
from spgc.files.standard_input import StandardInput
from spgc.submissions.reading_rules import reading_of, reading_on
from spgc.submissions.truth_file import read_truth
from spgc.submissions.validate import ValidationReport, validate, validate_bytes
from tests.submissions.found_problems import ANSWERS, WriteFile, kinds, only

CASES = ("T2-001", "T2-002", "T2-003")
TRUTH, MINE = ("cap", "cap", "normal"), ("covid-19", "cap", "normal")
CODES = ("0", "1", "2")


def table(header: str, *columns: tuple[str, ...]) -> bytes:
    rows = [header, *map(",".join, zip(CASES, *columns, strict=True))]
    return "\n".join(rows).encode()


def checked(data: bytes, tiny: Manifest) -> ValidationReport:
    return validate_bytes(data, None, tiny)


@pytest.mark.parametrize("truth", ["label", "Labels", "Class", "Diagnosis", "result"])
@pytest.mark.parametrize(
    "mine", ["y_pred", "Predicted class", "pred_label", "yhat", "Model", "output", "CNN"]
)
def test_a_label_beside_a_prediction_is_not_taken_for_it(
    truth: str, mine: str, tiny: Manifest
) -> None:
    """In either order: what scores 100 % would be the truth on itself."""
    for data in (
        table(f"Study,{truth},{mine}", TRUTH, MINE),
        table(f"Study,{mine},{truth}", MINE, TRUTH),
    ):
        report = checked(data, tiny)
        assert kinds(report, "refused") == ["two-label-columns"]
        found = only(report, "two-label-columns")
        assert (found.line, found.fix) == (2, "keep only your prediction")


@pytest.mark.parametrize("mine", ["Label", "Prediction", "y_pred", "Predicted class"])
@pytest.mark.parametrize("truth", ["Truth", "ground_truth", "y_true", "true label", "Target"])
def test_a_column_that_says_that_it_is_the_truth_stands_in_no_way(
    truth: str, mine: str, tiny: Manifest
) -> None:
    report = checked(table(f"Study,{truth},{mine}", TRUTH, MINE), tiny)
    assert report.accepted().predictions == ANSWERS


@pytest.mark.parametrize("mine", ["prediction", "y_pred", "predicted_class"])
@pytest.mark.parametrize("values", [CODES, ("A", "B", "C"), ("2.0", "1.0", "")])
def test_predictions_in_codes_beside_labels_in_words_are_refused(
    mine: str, values: tuple[str, ...], tiny: Manifest
) -> None:
    """The words alone would be read, and they are the truth."""
    report = checked(table(f"Study,label,{mine}", TRUTH, values), tiny)
    assert kinds(report, "refused") == ["two-label-columns"]
    assert "--labels" in (only(report, "two-label-columns").fix or "")
    with pytest.raises(DataError, match="two columns of labels"):
        read_truth(StandardInput(table("id,class,pred", values, MINE)), reading_on(SPGC))


def test_codes_that_say_the_same_stand_in_no_way(tiny: Manifest) -> None:
    reading = reading_of("0=covid-19,1=cap,2=normal", challenge=SPGC)
    data = table("Study,label,prediction", MINE, CODES)
    assert validate_bytes(data, None, tiny, reading=reading).accepted().predictions == ANSWERS
    other = table("Study,label,prediction", TRUTH, CODES)
    assert not validate_bytes(other, None, tiny, reading=reading).ok


@pytest.mark.parametrize("scores", [("0.93", "0.5", "1.0"), ("", "", "0"), ("nan", "-", "x")])
def test_scores_and_holes_beside_labels_stand_in_no_way(
    scores: tuple[str, ...], tiny: Manifest, write: WriteFile
) -> None:
    report = validate(write(table("Study,Label,Result", MINE, scores)), None, tiny)
    assert report.accepted().predictions == ANSWERS


def test_numbers_beside_labels_that_are_numbers_stand_in_no_way() -> None:
    """Of classes called 0 and 1, a column of folds or of sexes is none."""
    classes = tuple(ChallengeClass(one, one, (), f"p_{one}") for one in "01")
    binary = replace(SPGC, classes=classes)
    cases = {case: Case(case, "1", "own", "", "own") for case in CASES}
    manifest = Manifest(cases, challenge=binary)
    report = validate_bytes(table("Study,Label,Fold", ("1", "0", "1"), CODES), None, manifest)
    assert list(report.accepted().predictions.values()) == ["1", "0", "1"]
    named = table("Study,Label,y_pred", ("1", "1", "1"), ("1", "0", "1"))
    assert not validate_bytes(named, None, manifest).ok


@pytest.mark.parametrize("index", ["", "index", "Unnamed: 0"])
def test_an_index_of_words_beside_numbered_rows_is_refused(index: str) -> None:
    """Numbers that each table gives its rows by itself would pair other patients."""
    data = table(f"{index},id,Label", CODES, MINE)
    with pytest.raises(DataError, match="could both be the case IDs"):
        read_truth(StandardInput(data), reading_on(SPGC))
    study = table(f"{index},Study,Label", CODES, MINE)
    assert list(read_truth(StandardInput(study), reading_on(SPGC)).manifest.cases) == [*CODES]
    rows = "\n".join([f"{index},id,Label", *(f"{i},{c},cap" for i, c in enumerate(CASES))])
    assert [*read_truth(StandardInput(rows.encode()), reading_on(SPGC)).manifest.cases] == [*CASES]
