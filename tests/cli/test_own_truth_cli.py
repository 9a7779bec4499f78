"""Scoring, comparing, reporting and ranking on labels of the user's own, and standard input."""

from __future__ import annotations

import csv
import io
import json
import shlex
import sys
from pathlib import Path

import pytest

from spgc import score
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import read_manifests, write_manifest
from spgc.errors import SubmissionError
from spgc.submissions.lines import MAX_BYTES
from spgc.submissions.reading_rules import reading_on
from spgc.submissions.truth_file import read_truth
from tests.cli.conftest import Ran, Spgc

LABELS = "Study,Label\nanna,covid-19\nbert,cap\ncarl,normal\n"
GOOD = LABELS
OTHER = LABELS.replace("bert,cap", "bert,normal")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with labels, two submissions and manifests of the labels."""
    monkeypatch.chdir(tmp_path)
    for name, text in {"labels": LABELS, "good": GOOD, "other": OTHER}.items():
        (tmp_path / f"{name}.csv").write_text(text)
    write_manifest(
        read_truth(Path("labels.csv"), reading_on(SPGC)).manifest,
        tmp_path / "manifests" / "own.csv",
    )
    return tmp_path


@pytest.fixture
def piped(spgc: Spgc, monkeypatch: pytest.MonkeyPatch) -> Spgc:
    """As `spgc`, with the first word on standard input."""

    def run(text: str | bytes, *words: object) -> Ran:
        data = text if isinstance(text, bytes) else text.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        return spgc(*words)

    return run


def test_a_score_says_whose_labels_it_is_on(folder: Path, spgc: Spgc) -> None:
    ran = spgc("score", "other.csv", "--truth", "labels.csv")
    assert ran.code == 0
    assert "2/3" in ran.out
    assert "OWN TRUTH: scored on your own labels" in ran.out
    assert "|truth:own" in ran.out
    assert "OWN TRUTH" not in spgc("score", "other.csv", "--manifests", "manifests").out


def test_agreement_on_own_labels_is_among_the_files_alone(folder: Path, spgc: Spgc) -> None:
    ran = spgc("agreement", "good.csv", "other.csv", "--truth", "labels.csv", "--json")
    document = json.loads(ran.out)
    assert [scan["case"] for scan in document["scans"]] == ["anna", "bert", "carl"]
    assert len(document["systems"]) == 2
    alone = spgc("agreement", "good.csv", "--truth", "labels.csv")
    assert (alone.code, "fewer than two systems" in alone.err) == (1, True)


def test_an_example_has_the_cases_of_the_labels(folder: Path, spgc: Spgc) -> None:
    lines = spgc("example", "--truth", "labels.csv").out.splitlines()
    assert lines == ["Study,Label", "anna,normal", "bert,normal", "carl,normal"]
    twice = spgc("example", "--truth", "labels.csv", "--manifests", "manifests")
    assert twice.code == 2


def test_the_gate_judges_on_own_labels(folder: Path, spgc: Spgc) -> None:
    ours = ("regress", "ours.json", "--truth", "labels.csv", "--submission")
    assert spgc(*ours, "good.csv", "--update").code == 0
    assert spgc(*ours, "good.csv").code == 0
    worse = spgc(*ours, "other.csv")
    assert (worse.code, "1 patient lost" in worse.out) == (1, True)
    assert spgc("regress", "--truth", "labels.csv").code == 2


def test_the_score_equals_that_on_manifests(folder: Path, spgc: Spgc) -> None:
    own = json.loads(spgc("score", "other.csv", "--truth", "labels.csv", "--json", "--cases").out)
    on = json.loads(spgc("score", "other.csv", "--manifests", "manifests", "--json", "--cases").out)
    assert own["signature"].pop("truth") == "own"
    assert own["signature"].pop("text") == on["signature"].pop("text") + "|truth:own"
    assert own == on


@pytest.mark.parametrize(
    "words",
    [
        ["score", "good.csv"],
        ["validate", "good.csv"],
        ["compare", "good.csv", "other.csv"],
        ["report", "good.csv", "--terminal"],
        ["leaderboard", "good.csv"],
    ],
    ids=lambda words: words[0],
)
def test_truth_and_manifests_exclude_each_other(words: list[str], folder: Path, spgc: Spgc) -> None:
    ran = spgc(*words, "--truth", "labels.csv", "--manifests", "manifests")
    assert ran.code == 2
    assert "--truth and --manifests both say what is right" in ran.err
    (folder / "labels.csv").write_text(LABELS + "anna,cap\n")
    ran = spgc(*words, "--truth", "labels.csv")
    assert ran.code == 1
    assert "two classes for case anna [labels.csv, line 5]" in ran.err


def test_two_are_compared_on_own_labels_and_one_with_nobody(folder: Path, spgc: Spgc) -> None:
    ran = spgc("compare", "good.csv", "other.csv", "--truth", "labels.csv", "--json")
    assert json.loads(ran.out)["groups"][0]["set"] == "own"
    same = spgc("compare", "good.csv", "other.csv", "--manifests", "manifests", "--json")
    assert ran.out == same.out
    ran = spgc("compare", "good.csv", "--truth", "labels.csv")
    assert ran.code == 2
    assert "published rows can't be scored on your own labels" in ran.err
    ran = spgc("compare", "good.csv", "TheSaviours", "--truth", "labels.csv")
    assert ran.code == 1
    assert "published predictions are for the challenge's scans" in ran.err


def test_a_report_on_own_labels_of_challenge_cases_has_no_published_row(
    folder: Path, spgc: Spgc
) -> None:
    """Even with the names of its sets in the file: no rank, no team, no finding of the audit."""
    cases = read_manifests().split("test2")
    rows = "".join(f"{case.case_id},{case.label},test2\n" for case in cases)
    (folder / "test2.csv").write_text("case,label,split\n" + rows)
    spgc("example", "--split", "test2", "--out", "example.csv")
    ran = spgc("report", "example.csv", "--truth", "test2.csv", "--terminal")
    assert ran.code == 0
    assert "TheSaviours" not in ran.out
    assert "truth:own" in ran.out
    assert "TheSaviours" in spgc("report", "example.csv", "--terminal").out
    assert spgc("report", "example.csv", "--truth", "test2.csv").code == 0
    assert "TheSaviours" not in (folder / "report.html").read_text("utf-8")
    ran = spgc("leaderboard", "example.csv", "--truth", "test2.csv")
    assert ran.code == 0
    assert "TheSaviours" not in ran.out
    record = spgc("score", "example.csv", "--truth", "test2.csv", "--format", "eee").out
    assert json.loads(record)["evaluation_results"][0]["source_data"]["dataset_name"] == "own-scans"


def test_a_board_of_files_in_every_form(folder: Path, spgc: Spgc) -> None:
    words = ["leaderboard", "good.csv", "other.csv", "--truth", "labels.csv"]
    text = spgc(*words).out
    assert "Your own labels, 3 scans" in text
    assert text.index("good") < text.index("other")
    assert "May be best" in text
    assert "SPGC leaderboard" not in spgc(*words, "--format", "html").out
    assert "## Your own labels" in spgc(*words, "--markdown").out
    rows = list(csv.DictReader(spgc(*words, "--format", "csv").out.splitlines()))
    shown = [(r["team"], r["rank_best"], r["right"], r["group"]) for r in rows]
    assert shown == [("good", "1", "3", "own"), ("other", "2", "2", "own")]
    document = json.loads(spgc(*words, "--json").out)
    assert (document["truth"], document["refused"]) == ("own", [])
    assert [len(one["honest"]["standings"]) for one in document["sets"]] == [2]


def test_names_in_a_truth_are_no_formulas(folder: Path, spgc: Spgc) -> None:
    """A spreadsheet would run the name of a set, or of a file, that begins so."""
    (folder / "=1+1.csv").write_text(GOOD)
    rows = "".join(f"{case},cap,=2+2\n" for case in ("anna", "bert", "carl"))
    (folder / "labels.csv").write_text(f"case,label,split\n{rows}")
    ran = spgc("leaderboard", "=1+1.csv", "--truth", "labels.csv", "--format", "csv")
    assert ran.code == 0
    (row,) = csv.DictReader(ran.out.splitlines())
    assert (row["set"], row["team"]) == ("'=2+2", "'=1+1")


def test_a_refused_file_ends_with_1_and_the_others_are_ranked(folder: Path, spgc: Spgc) -> None:
    (folder / "bad.csv").write_text("Study,Label\nanna,cap\n")
    ran = spgc("leaderboard", ".", "--truth", "labels.csv", "--format", "csv")
    assert ran.code == 1
    assert [row["team"] for row in csv.DictReader(ran.out.splitlines())] == ["good", "other"]
    assert "error: refused bad.csv: no answer (bert)" in ran.err
    document = json.loads(spgc("leaderboard", ".", "--truth", "labels.csv", "--json").out)
    assert [one["file"] for one in document["refused"]] == ["bad.csv"]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--truth", "labels.csv"], "no file to rank"),
        (["--add", "good.csv", "--truth", "labels.csv"], "--truth ranks files among themselves"),
        (["good.csv", "--truth", "labels.csv", "--name", "x"], "--truth ranks files"),
        (["good.csv", "--truth", "labels.csv", "--split", "onw"], "did you mean 'own'?"),
        (["good.csv", "--truth", "labels.csv", "--sort", "x"], "unknown order"),
        (["adit"], "no such command or file"),
    ],
    ids=range(6),
)
def test_wrong_use_of_the_board(words: list[str], what: str, folder: Path, spgc: Spgc) -> None:
    ran = spgc("leaderboard", *words)
    assert ran.code == 2
    assert what in ran.err


def test_files_without_add_are_added_to_the_published_board(folder: Path, spgc: Spgc) -> None:
    spgc("example", "--split", "test2", "--out", "example.csv")
    added = spgc("leaderboard", "--add", "example.csv", "--json")
    assert spgc("leaderboard", "example.csv", "--json").out == added.out
    assert spgc("leaderboard", "--json", "example.csv").out == added.out
    assert spgc("leaderboard", "audit", "--json").code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["score", "GIVEN", "--truth", "labels.csv", "--json"],
        ["compare", "GIVEN", "other.csv", "--truth", "labels.csv", "--json"],
        ["compare", "other.csv", "GIVEN", "--truth", "labels.csv", "--json"],
        ["score", "other.csv", "--truth", "GIVEN", "--json"],
        ["validate", "other.csv", "--truth", "GIVEN"],
        ["compare", "good.csv", "other.csv", "--truth", "GIVEN", "--json"],
    ],
    ids=" ".join,
)
def test_standard_input_is_as_good_as_a_file(
    words: list[str], folder: Path, spgc: Spgc, piped: Spgc
) -> None:
    on_file = spgc(*["good.csv" if word == "GIVEN" else word for word in words])
    ran = piped(GOOD, *["-" if word == "GIVEN" else word for word in words])
    assert on_file.code == 0
    assert (ran.code, ran.out) == (0, on_file.out)


def test_standard_input_is_called_so(folder: Path, piped: Spgc) -> None:
    ran = piped(GOOD, "validate", "-", "--truth", "labels.csv")
    assert ran.out == "<stdin>: can be scored, 3 cases of own\n"
    ran = piped(GOOD, "leaderboard", "-", "other.csv", "--truth", "labels.csv", "--json")
    teams = [one["team"] for one in json.loads(ran.out)["sets"][0]["ranked"]]
    assert teams == ["stdin", "other"]
    ran = piped(GOOD, "report", "-", "--truth", "labels.csv")
    assert ran.code == 0
    assert "<h1>stdin</h1>" in (folder / "report.html").read_text("utf-8")
    ran = piped(LABELS + "anna,cap\n", "score", "good.csv", "--truth", "-")
    assert "two classes for case anna [<stdin>, line 5]" in ran.err


def test_standard_input_is_limited_read_once_and_may_be_closed(
    folder: Path, piped: Spgc, spgc: Spgc, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "the file is too large" in piped(b"a" * (MAX_BYTES + 1), "score", "-").err
    assert "the file is empty [<stdin>]" in piped("", "score", "-").err
    ran = piped(GOOD, "compare", "-", "-", "--truth", "labels.csv")
    assert ran.code == 2
    assert "standard input can be read only once" in ran.err
    assert piped(GOOD, "score", "-", "--truth", "-").code == 2
    monkeypatch.setattr(sys, "stdin", None)
    ran = spgc("score", "-")
    assert ran.code == 1
    assert "standard input can't be read" in ran.err


def test_a_picture_never_replaces_the_truth(folder: Path, spgc: Spgc) -> None:
    truth = folder / "labels.png"
    truth.write_text(LABELS)
    ran = spgc("score", "good.csv", "--truth", truth, "--picture", truth, "--force")
    assert ran.code == 2
    assert truth.read_text() == LABELS


STRANGE = "Study,Label\nanna,covid-19\nbart,cap\ncarl,normal\ndora,cap\n"


@pytest.mark.parametrize(
    "words",
    [["score"], ["compare", "good.csv"], ["report", "--terminal"], ["leaderboard", "good.csv"]],
    ids=lambda words: words[0],
)
def test_advice_is_a_command_that_lists_the_same(
    words: list[str], folder: Path, spgc: Spgc
) -> None:
    """With the truth and every other option that decides what is wrong; names are quoted."""
    (folder / "my answers.csv").write_text(STRANGE.replace("cap", "7"))
    (folder / "my labels.csv").write_text(LABELS)
    given = [*words, "my answers.csv", "--truth", "my labels.csv", "--labels", "7=cap"]
    ran = spgc(*given)
    assert (ran.code, "a case of the truth" in ran.err) == (1, True)
    assert "manifests" not in ran.err
    line = ran.err.partition(". Do: ")[2].removesuffix(" lists all\n")
    assert "--truth" in line
    told = spgc(*shlex.split(line)[1:])
    assert (told.code, "bart" in told.out, "dora" in told.out) == (1, True, True)
    assert "unknown-label" not in told.out


def test_advice_names_split_and_manifests_too(folder: Path, spgc: Spgc) -> None:
    (folder / "strange.csv").write_text(STRANGE)
    ran = spgc("score", "strange.csv", "--manifests", "manifests", "--split", "own")
    assert "spgc validate strange.csv --split own --manifests manifests lists all" in ran.err
    assert "a case of the manifests" in ran.err


def test_python_is_told_of_the_truth_as_well() -> None:
    with pytest.raises(SubmissionError, match=r"cases of the truth.*as the truth does") as caught:
        score({"bart": "cap"}, {"anna": "cap"})
    assert "manifests" not in str(caught.value)
