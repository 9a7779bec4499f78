"""What a file leaves open: labels of another kind, probabilities alone, missing cases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import spgc
from spgc.board.views import rows_of_score
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import Case, Manifest
from spgc.errors import SubmissionError, UsageError
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL
from spgc.submissions.problems import Problem
from spgc.submissions.reading_rules import Reading, class_of, mapping_hint, reading_of, reading_on
from spgc.submissions.validate import ValidationReport, validate

WriteFile = Callable[[str | bytes], Path]

ANSWERS = {"T2-001": COVID19, "T2-002": CAP, "T2-003": NORMAL}
NUMBERS = "Study,Label\nT2-001,0\nT2-002,1\nT2-003,2\n"
CODES = "0=covid-19,1=cap,2=normal"
SHARES = "Study,p_normal,p_covid19,p_cap\nT2-001,.1,.7,.2\nT2-002,0,0,1\nT2-003,.6,.2,.2\n"


def only(report: ValidationReport, kind: str) -> Problem:
    (problem,) = [p for p in report.problems if p.kind == kind]
    return problem


def test_numbers_as_labels_are_one_problem_with_the_way_out(
    manifest: Manifest, write: WriteFile
) -> None:
    rows = [f"{c.case_id},{CLASSES.index(c.label or '')}" for c in manifest.split("test2")]
    report = validate(write("\n".join(["Study,Label", *rows])), None, manifest)
    (problem,) = report.refused
    assert problem.what == "30 rows with labels of another kind"
    assert "--labels 0=covid-19,1=cap,2=normal, if that is so" in (problem.fix or "")
    assert "'0' (10 rows)" in (problem.found or "")


@pytest.mark.parametrize("text", [NUMBERS, NUMBERS.replace("\nT", ".0\nT").replace("l.0", "l")])
def test_a_mapping_reads_them(text: str, tiny: Manifest, write: WriteFile) -> None:
    """Whole numbers may be written as pandas writes a column of floats."""
    report = validate(write(text), None, tiny, reading_of(CODES, challenge=SPGC))
    assert report.accepted().predictions == ANSWERS
    assert report.accepted().mapping == {"0": COVID19, "1": CAP, "2": NORMAL}
    assert "1 = cap (1 rows)" in only(report, "labels-mapped").what


def test_a_mapping_that_nothing_needs_leaves_no_trace(tiny: Manifest, write: WriteFile) -> None:
    text = "Study,Label\nT2-001,covid-19\nT2-002,cap\nT2-003,normal\n"
    report = validate(write(text), None, tiny, reading_of(CODES, challenge=SPGC))
    assert report.problems == ()
    assert report.accepted().mapping == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0=flu", "no such class"),
        ("0", "not a list"),
        ("0=cap,0=normal", "two classes"),
        ("0=cap,0.0=normal", "two classes"),
        ("cap=normal", "two classes"),
        ("=cap", "not a list"),
    ],
)
def test_impossible_mappings_are_wrong_usage(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        reading_of(text, challenge=SPGC)


@pytest.mark.parametrize(
    ("labels", "option"),
    [
        (["0", "2"], "--labels 0=covid-19,1=cap,2=normal"),
        (["1", "2", "3"], "--labels 1=covid-19,2=cap,3=normal"),
        (["CP", "NCP"], "--labels NCP=covid-19,CP=cap"),
        (["7", "x"], "--labels 7=CLASS,x=CLASS"),
        (["a=b"], None),
    ],
)
def test_the_option_is_guessed_as_far_as_it_can_be(labels: list[str], option: str | None) -> None:
    """In CC-CCII, NCP is novel coronavirus pneumonia and CP common pneumonia."""
    assert mapping_hint(labels, SPGC) == option


def test_two_slips_of_the_pen_keep_their_lines(tiny: Manifest, write: WriteFile) -> None:
    report = validate(write("Study,Label\nT2-001,covd\nT2-002,capp\nT2-003,normal\n"), None, tiny)
    fixes = {p.line: p.fix for p in report.refused}
    assert fixes == {2: "did you mean covid-19?", 3: "did you mean cap?"}


def test_one_number_among_labels_is_no_class_and_what_it_might_mean_is_said(
    tiny: Manifest, write: WriteFile
) -> None:
    report = validate(write("Study,Label\nT2-001,0\nT2-002,cap\nT2-003,normal\n"), None, tiny)
    (problem,) = report.refused
    assert (problem.line, problem.fix) == (
        2,
        "numbers mean another class in each system: "
        "--labels 0=covid-19,1=cap,2=normal, if that is so",
    )


def test_probabilities_alone_are_read_by_name_when_asked(tiny: Manifest, write: WriteFile) -> None:
    path = write(SHARES)
    assert "--argmax" in (only(validate(path, None, tiny), "no-column").fix or "")
    report = validate(path, None, tiny, Reading(SPGC, argmax=True))
    assert report.accepted().predictions == ANSWERS
    assert report.accepted().argmax
    shares = report.accepted().probabilities
    assert shares is not None
    assert shares["T2-001"] == (0.7, 0.2, 0.1)


def test_columns_called_like_the_classes_are_probabilities(
    tiny: Manifest, write: WriteFile
) -> None:
    header = "Study,Normal,COVID-19,CAP"
    path = write(SHARES.replace("Study,p_normal,p_covid19,p_cap", header))
    assert validate(path, None, tiny, Reading(SPGC, argmax=True)).accepted().predictions == ANSWERS
    assert not validate(path, None, tiny).ok


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (SHARES.replace(".1,.7,.2", ".2,.4,.4"), "argmax-tie"),
        (SHARES.replace(".1,.7,.2", ".5,.7,.2"), "probability-sum"),
        (SHARES.replace("Study,p_normal", "Study,Label"), "probability-columns"),
        (SHARES.replace("p_normal,p_covid19,p_cap", "a,b,c"), "no-column"),
        (
            SHARES.replace("p_normal,p_covid19,p_cap", "p_cap,p_covid19,p_cap"),
            "probability-columns",
        ),
        (NUMBERS.replace("0\n", "cap\n"), "argmax-labels"),
    ],
)
def test_argmax_settles_nothing_in_silence(
    text: str, kind: str, tiny: Manifest, write: WriteFile
) -> None:
    report = validate(write(text), None, tiny, Reading(SPGC, argmax=True))
    assert kind in {p.kind for p in report.refused}


def test_how_answers_were_read_stands_in_the_signature(tiny: Manifest, write: WriteFile) -> None:
    plain = spgc.score(ANSWERS, tiny, resamples=100)
    assert "read:" not in str(plain.signature)
    mapped = spgc.score(write(NUMBERS), tiny, labels=CODES, resamples=100)
    assert str(mapped.signature).endswith("|read:0=COVID-19,1=CAP,2=Normal")
    best = spgc.score(write(SHARES), tiny, argmax=True, resamples=100)
    assert str(best.signature).endswith("|read:argmax")
    assert best.signature.as_dict()["read"] == "argmax"


def test_python_does_in_one_call_what_the_options_do(tiny: Manifest, write: WriteFile) -> None:
    codes = {0: "covid-19", 1: "cap", 2: "normal"}
    held = spgc.score({"T2-001": 0, "T2-002": 1, "T2-003": 2}, tiny, labels=codes, resamples=100)
    read = spgc.score(write(NUMBERS), tiny, labels=codes, resamples=100)
    assert held.as_dict(cases=True) == read.as_dict(cases=True)
    shares = {
        "T2-001": (0.7, 0.2, 0.1),
        "T2-002": (0.0, 1.0000002, -1.2e-08),
        "T2-003": (0.2, 0.2, 0.6),
    }
    best = spgc.score(None, tiny, probabilities=shares, argmax=True, resamples=100)
    assert best.splits["test2"].confusion.accuracy.hits == 3
    with pytest.raises(UsageError, match="argmax takes probabilities"):
        spgc.score(ANSWERS, tiny, argmax=True)
    with pytest.raises(SubmissionError, match="no single most probable class"):
        spgc.score(None, tiny, probabilities={"T2-001": (0.4, 0.4, 0.2)}, argmax=True)


PART = "Study,Label\nT2-001,covid-19\nT2-003,cap\n"


def test_a_part_is_scored_when_asked_and_marked(tiny: Manifest, write: WriteFile) -> None:
    path = write(PART)
    with pytest.raises(SubmissionError, match="no answer"):
        spgc.score(path, tiny)
    result = spgc.score(path, tiny, partial=True, resamples=100)
    assert result.partial
    assert result.splits["test2"].confusion.accuracy.hits == 1
    assert "|n:2of3-PARTIAL|" in str(result.signature)
    document = result.as_dict()
    assert document["partial"] == {"answered": 2, "of": 3}
    assert document["groups"][0]["partial"] == {"answered": 2, "of": 3}
    with pytest.raises(SubmissionError, match="no place on the leaderboard"):
        rows_of_score("mine", result)


def test_rows_without_a_label_are_left_out_of_a_part(tiny: Manifest, write: WriteFile) -> None:
    result = spgc.score(write(PART + "T2-002,\n"), tiny, partial=True, resamples=100)
    assert result.signature.n == 2


def test_of_two_rows_the_one_with_a_label_is_a_cases_answer(
    tiny: Manifest, write: WriteFile
) -> None:
    """The case is answered, whichever of the two comes first."""
    for rows in ("T2-002,\nT2-002,cap\n", "T2-002,cap\nT2-002,\n"):
        result = spgc.score(write(PART + rows), tiny, partial=True, resamples=100)
        assert result.signature.n == 3


def test_a_part_that_is_the_whole_has_no_mark(tiny: Manifest) -> None:
    whole = spgc.score(ANSWERS, tiny, partial=True, resamples=100)
    assert whole.as_dict() == spgc.score(ANSWERS, tiny, resamples=100).as_dict()


def test_a_part_forgives_nothing_else(tiny: Manifest, write: WriteFile) -> None:
    reading = Reading(SPGC, partial=True)
    for row in ("T9-001,cap", "T2-001,flu", "T2-001,cap"):
        assert not validate(write(PART + row + "\n"), None, tiny, reading).ok


def test_cases_are_listed_wrong_ones_first(tiny: Manifest) -> None:
    shares = dict.fromkeys(ANSWERS, (0.5, 0.3, 0.2))
    given = {**ANSWERS, "T2-003": COVID19}
    result = spgc.score(given, tiny, probabilities=shares, resamples=100)
    assert [(c.case, c.truth, c.answer, c.right) for c in result.cases] == [
        ("T2-003", NORMAL, COVID19, False),
        ("T2-001", COVID19, COVID19, True),
        ("T2-002", CAP, CAP, True),
    ]
    assert result.as_dict(cases=True)["cases"][0] == {
        "case": "T2-003",
        "set": "test2",
        "truth": NORMAL,
        "answer": COVID19,
        "right": False,
        "probabilities": {COVID19: 0.5, CAP: 0.3, NORMAL: 0.2},
    }
    assert "cases" not in result.as_dict()


def test_a_hundred_and_thirty_scans_have_a_pool_of_their_own(manifest: Manifest) -> None:
    names = ("test1", "test2", "test3", "test4")
    right = {c.case_id: c.label or "" for name in names for c in manifest.split(name)}
    result = spgc.score(right, manifest, resamples=100)
    assert result.all_four is not None
    assert result.all_four.confusion.total == 130
    assert [group.name for group in result.groups] == [
        "test1",
        "test2",
        "test3",
        "overall",
        "test4",
        "test1-4",
    ]
    assert "test1-4" in {row.set_name for row in rows_of_score("mine", result)}
    ninety = spgc.score(right, manifest, split="overall", resamples=100)
    assert ninety.signature.n == 90
    assert ninety.all_four is None


@pytest.mark.parametrize(("split", "missing"), [("overall", 30), ("test1-4", 70), ("all", 377)])
def test_a_pool_has_to_be_answered_in_full(
    split: str, missing: int, manifest: Manifest, write: WriteFile
) -> None:
    cases = [c for name in ("test1", "test2") for c in manifest.split(name)]
    path = write("Study,Label\n" + "".join(f"{c.case_id},cap\n" for c in cases))
    refused = validate(path, split, manifest).refused
    assert {p.kind for p in refused} == {"missing-case"}
    assert len(refused) == missing


def test_a_pool_needs_manifests_of_all_its_splits(tiny: Manifest, write: WriteFile) -> None:
    path = write("Study,Label\nT2-001,cap\nT2-002,cap\nT2-003,cap\nT1-001,cap\nT1-002,cap\n")
    assert only(validate(path, "overall", tiny), "no-split").expected == "test3"
    assert validate(path, "all", tiny).ok


def test_names_compare_in_one_unicode_form(write: WriteFile) -> None:
    """A Mac's folder names are decomposed, labels typed elsewhere are not."""
    names = ("Jose\u0301", "M\u00fcller")
    own = Manifest({n: Case(n, CAP, "own", "", "own") for n in names})
    report = validate(write("Study,Label\nJos\u00e9,cap\nMu\u0308ller,cap\n"), None, own)
    assert report.problems == ()
    assert list(report.accepted().predictions) == list(names)
    held = {"Jos\u00e9": "cap", "Mu\u0308ller": "cap"}
    assert spgc.score(held, own, resamples=100).splits["own"].confusion.accuracy.hits == 2


@pytest.mark.parametrize(
    ("text", "label"), [("COVID 19", COVID19), (" cap", CAP), ("NORMAL", NORMAL), ("1", CAP)]
)
def test_the_class_of_an_answer(text: str, label: str) -> None:
    """The author's mapping adds to the known spellings."""
    assert class_of("T2-001", text, Reading(SPGC, {"1": CAP})) == label


@pytest.mark.parametrize("text", ["", "2", "non-covid"])
def test_an_answer_without_a_class_is_refused_with_its_case(text: str) -> None:
    with pytest.raises(SubmissionError, match="case T2-001 has no known class"):
        class_of("T2-001", text, reading_on(SPGC))
