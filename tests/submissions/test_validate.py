"""Every problem in one pass; repairs never change an answer; everything else is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from spgc.data.manifests import Case, Manifest
from spgc.errors import SubmissionError, UsageError
from spgc.protocol import CAP, NORMAL
from spgc.submissions.lines import MAX_LINES, MAX_ROWS
from spgc.submissions.read import read_submission
from spgc.submissions.validate import validate
from spgc.submissions.write import submission_text, write_submission
from tests.submissions.found_problems import ANSWERS, GOOD, WriteFile, kinds, only


def test_the_released_form_passes_without_a_word(tiny: Manifest, write: WriteFile) -> None:
    report = validate(write(GOOD), None, tiny)
    assert report.ok
    assert report.problems == ()
    assert report.splits == ("test2",)
    assert report.accepted().predictions == ANSWERS


REPAIRS = {
    "bom": (b"\xef\xbb\xbf" + GOOD.encode(), None),
    "crlf": (GOOD.replace("\n", "\r\n").encode(), None),
    "cr": (GOOD.replace("\n", "\r").encode(), "line-ends"),
    "utf-16": (GOOD.encode("utf-16"), "encoding"),
    "semicolon": (GOOD.replace(",", ";").encode(), "delimiter"),
    "tab": (GOOD.replace(",", "\t").encode(), "delimiter"),
    "sep line": (b"sep=;\n" + GOOD.replace(",", ";").encode(), "sep-line"),
    "no header": (GOOD.split("\n", 1)[1].encode(), "no-header"),
    "other header": (GOOD.replace("Study,Label", "scan id,Diagnosis").encode(), "header-names"),
    "unheard-of header": (GOOD.replace("Study,Label", "foo,bar").encode(), "header-names"),
    "winners' form": (
        b",Patient name,Labels\n0,T2-001,COVID-19\n1,T2-002,CAP\n2,T2-003,NORMAL\n",
        "index-column",
    ),
    "letter case": (GOOD.upper().encode(), "label-spelling"),
    "underscore": (GOOD.replace("T2-", "T2_").encode(), "case-spelling"),
    "lost zeros": (GOOD.replace("T2-00", "t2-").encode(), "case-spelling"),
    "trailing spaces": (GOOD.replace("\n", "  \n").encode(), "spaces-quotes"),
    "apostrophe": (GOOD.replace("T2-", "'T2-").encode(), "spaces-quotes"),
    "formula": (GOOD.replace("T2-001", '"=""T2-001"""').encode(), "spaces-quotes"),
    "wrapped row": (GOOD.replace("T2-001,covid-19", '"T2-001,covid-19"').encode(), "quotes"),
    "blank lines": (GOOD.replace("\nT2", "\n\nT2").encode(), "blank-lines"),
    "rows of delimiters": (GOOD.encode() + b",\n , \n", "blank-lines"),
    "wider than its table": (GOOD.replace("\n", ",,\n").encode() + b",,,\n", "blank-lines"),
    "line break in a cell": (
        GOOD.replace("\n", ',"ground glass\nleft"\n')
        .replace('"ground glass\nleft"', "Note", 1)
        .encode(),
        None,
    ),
    "line break in the header": (
        GOOD.replace("Study,Label", '"Study\nID","Predicted\nlabel"').encode(),
        "header-names",
    ),
    "en dash in a label": (GOOD.replace("covid-19", "covid\u201319").encode(), "label-spelling"),
    "utf-16 without mark": (GOOD.encode("utf-16-le"), "encoding"),
    "utf-16 the other way": (GOOD.encode("utf-16-be"), "encoding"),
    "said twice": (GOOD.encode() + b"T2-001,covid-19\n", "duplicate"),
    "columns swapped": (b"Label,Study\ncovid-19,T2-001\ncap,T2-002\nnormal,T2-003\n", None),
    "no last newline": (GOOD.rstrip().encode(), None),
}


@pytest.mark.parametrize("name", REPAIRS)
def test_a_repair_is_listed_and_changes_no_answer(
    name: str, tiny: Manifest, write: WriteFile
) -> None:
    content, kind = REPAIRS[name]
    report = validate(write(content), None, tiny)
    assert report.ok, report.problems
    assert dict(report.accepted().predictions) == ANSWERS
    assert kind is None or kind in kinds(report, "repaired")


REFUSALS = {
    "empty": (b"", "empty"),
    "blank": (b" \n\n", "empty"),
    "binary": (b"Study,Label\x00\x01\x02", "binary"),
    "xlsx": (b"PK\x03\x04\x14\x00\x00[Content_Types].xml", "spreadsheet"),
    "zip": (b"PK\x03\x04\x14\x00\x00submission.csv", "archive"),
    "gzip": (b"\x1f\x8b\x08\x00", "archive"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1", "spreadsheet"),
    "no labels": (b"Study\nT2-001\nT2-002\nT2-003\n", "no-column"),
    "unknown label": (GOOD.replace("cap", "capp").encode(), "unknown-label"),
    "number as label": (GOOD.replace("cap", "1").encode(), "unknown-label"),
    "no label": (GOOD.replace("cap", "").encode(), "no-label"),
    "unknown case": (GOOD.encode() + b"X-1,cap\n", "unknown-case"),
    "no case": (GOOD.encode() + b",cap\n", "no-case"),
    "missing case": (b"Study,Label\nT2-001,covid-19\nT2-003,normal\n", "missing-case"),
    "contradiction": (GOOD.encode() + b"T2-001,cap\n", "contradiction"),
    "two label columns": (
        b"Study,Label,Prediction\nT2-001,cap,cap\nT2-002,cap,normal\nT2-003,cap,cap\n",
        "two-label-columns",
    ),
    "truth and answer under other names": (
        b"Study,Truth,Mine\nT2-001,cap,cap\nT2-002,cap,normal\nT2-003,cap,cap\n",
        "two-label-columns",
    ),
    "truth and answer without a header": (
        b"T2-001,cap,cap\nT2-002,cap,normal\nT2-003,cap,cap\n",
        "two-label-columns",
    ),
    "two case columns": (
        b"Study,ID,Label\nT2-001,T2-002,cap\nT2-002,T2-003,cap\nT2-003,T2-001,cap\n",
        "two-case-columns",
    ),
    "more cells": (GOOD.replace("cap", "cap,normal").encode(), "extra-cells"),
    "open quote": (GOOD.replace("cap", '"cap').encode(), "not-csv"),
    "open quotes all over": (GOOD.encode() + b'"a\n' * 3000, "not-csv"),
    "a cell that swallows rows": (
        GOOD.replace("cap\n", '"cap\n').encode() + b'"\n',
        "unknown-label",
    ),
    "a million columns": (GOOD.encode() + b"," * 1_000_000, "not-csv"),
    "more lines than rows": (b"a\n" + b"\n" * MAX_LINES + b"a", "too-large"),
    "many columns of few cells": (
        b"Study,Label" + b",cap,normal" * 2000 + b"\n" + b"T1-001\n" * 20_000,
        "too-large",
    ),
    "more rows than patients": (b"a\n" * (MAX_ROWS + 2), "too-large"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_could_change_an_answer_refuses_the_file(
    name: str, tiny: Manifest, write: WriteFile
) -> None:
    content, kind = REFUSALS[name]
    report = validate(write(content), None, tiny)
    assert not report.ok
    assert kind in kinds(report, "refused")
    assert all(p.fix for p in report.refused)
    with pytest.raises(SubmissionError, match=re.escape(report.refused[0].what)):
        report.accepted()


def test_all_problems_are_found_in_one_pass(tiny: Manifest, write: WriteFile) -> None:
    content = "Study;Label\r\nT2-001;covd\r\nT9-002;cap\r\nT2-003;normal\r\nT2-003;cap\r\n"
    report = validate(write(content), None, tiny)
    assert sorted(kinds(report, "refused")) == [
        "contradiction",
        "missing-case",
        "unknown-case",
        "unknown-label",
    ]
    assert "delimiter" in kinds(report, "repaired")
    label = only(report, "unknown-label")
    assert (label.line, label.case, label.found) == (2, "T2-001", "'covd'")
    assert label.fix == "did you mean covid-19?"
    assert only(report, "unknown-case").line == 3
    assert only(report, "contradiction").line == 5
    assert only(report, "missing-case").case == "T2-002"


def test_a_row_with_a_bad_label_is_not_called_missing_too(tiny: Manifest, write: WriteFile) -> None:
    report = validate(write(GOOD.replace("cap", "pneumonia")), None, tiny)
    assert kinds(report, "refused") == ["unknown-label"]


def test_the_wrong_split_is_named(manifest: Manifest, write: WriteFile) -> None:
    rows = "".join(f"{c.case_id},cap\n" for c in manifest.split("test2"))
    report = validate(write("Study,Label\n" + rows), "low-dose", manifest)
    assert only(report, "wrong-split").what == "these are test2 cases, you said test1"
    assert kinds(report, "refused") == ["wrong-split"]


def test_a_stray_case_of_another_split_is_refused_by_line(tiny: Manifest, write: WriteFile) -> None:
    report = validate(write(GOOD + "T1-001,normal\n"), "test2", tiny)
    stray = only(report, "stray-case")
    assert (stray.line, stray.case, stray.severity) == (5, "T1-001", "refused")


def test_a_split_asked_for_leaves_the_others_of_a_full_file_aside(
    tiny: Manifest, write: WriteFile
) -> None:
    report = validate(write(GOOD + "T1-001,normal\nT1-002,normal\n"), "test2", tiny)
    assert report.ok
    assert dict(report.accepted().predictions) == ANSWERS
    assert kinds(report, "remark") == ["other-split"]


def test_an_unknown_split_is_wrong_usage(tiny: Manifest, write: WriteFile) -> None:
    with pytest.raises(UsageError, match=r"did you mean 'test2'"):
        validate(write(GOOD), "tets2", tiny)


def test_a_missing_file_and_a_folder_are_refused(tiny: Manifest, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.csv"):
        assert kinds(validate(path, None, tiny), "refused") == ["unreadable"]


def test_phantom_cases_are_told_from_patients(manifest: Manifest, write: WriteFile) -> None:
    report = validate(write("Study,Label\nsyn-T2-001,cap\n"), None, manifest)
    assert "--manifests" in (only(report, "unknown-case").fix or "")


def test_ids_that_differ_only_in_spelling_are_never_mixed_up(write: WriteFile) -> None:
    rows = {c: Case(c, CAP, "own", "", "own") for c in ("a-1", "A_1")}
    report = validate(write("Study,Label\na-1,cap\nA_1,normal\n"), None, Manifest(rows))
    assert report.accepted().predictions == {"a-1": CAP, "A_1": NORMAL}
    assert not validate(write("Study,Label\na 1,cap\nA_1,normal\n"), None, Manifest(rows)).ok


def test_the_line_of_an_open_quote_is_told(tiny: Manifest, write: WriteFile) -> None:
    """The quote that stays open stands two lines below the row's beginning."""
    text = 'Study,Label,Note\nT2-001,covid-19,"one\ntwo","three\nT2-002,cap,\nT2-003,normal,\n'
    report = validate(write(text), None, tiny)
    problem = only(report, "not-csv")
    assert (problem.line, problem.fix) == (3, "close the quote, or remove it")
    assert [p.case for p in report.refused if p.kind == "missing-case"] == ["T2-001"]


def test_a_quoted_cell_over_several_rows_is_remarked_on(tiny: Manifest, write: WriteFile) -> None:
    text = 'Study,Label,Note\nT2-001,covid-19,"x\nT2-002,cap,\nT2-003,normal,y"\n'
    assert only(validate(write(text), None, tiny), "long-cell").found == "lines 2 to 4"


@pytest.mark.parametrize(
    "rows",
    [
        "Study,Truth,Prediction\nT2-001,cap,covid-19\nT2-002,cap,cap\nT2-003,cap,normal\n",
        "Study,Mine,Note\nT2-001,covid-19,cap\nT2-002,cap,sure\nT2-003,normal,old\n",
        "T2-001,covid-19,covid-19\nT2-002,cap,cap\nT2-003,normal,normal\n",
        "Study,Label,Reviewer\nT2-001,covid-19,x\nT2-002,cap,T2-001\nT2-003,normal,y\n",
    ],
)
def test_a_column_beside_the_answers_stands_in_no_way(
    rows: str, tiny: Manifest, write: WriteFile
) -> None:
    """Where the answers are named, where few cells look like answers, where both say the same."""
    assert validate(write(rows), None, tiny).accepted().predictions == ANSWERS


def test_text_of_windows_keeps_its_dashes(tiny: Manifest, write: WriteFile) -> None:
    report = validate(write(GOOD.replace("covid-19", "covid\u201319").encode("cp1252")), None, tiny)
    assert report.accepted().predictions == ANSWERS
    assert only(report, "encoding").what == "not UTF-8, read as Windows-1252"


def test_problems_of_a_kind_are_bounded(tiny: Manifest, write: WriteFile) -> None:
    rows = "".join(f"x{i}y,cap\n" for i in range(10_050))
    report = validate(write(GOOD + rows), None, tiny)
    unknown = [p for p in report.refused if p.kind == "unknown-case"]
    assert len(unknown) == 10_001
    assert report.refused[-1].what == "and 50 more of this kind"
    with pytest.raises(SubmissionError, match=r"\(x0y\) \(and 10,000 more problems\)"):
        report.accepted()


@pytest.mark.parametrize("text", ["\x1b[31mcap", "ca\u202ep", "\u2066", "\x85cap"])
def test_signs_that_steer_a_terminal_never_leave_a_finding(
    text: str, tiny: Manifest, write: WriteFile
) -> None:
    report = validate(write(GOOD + f"{text},{text}\n"), None, tiny)
    shown = "".join(f"{p.found}{p.what}{p.fix}{p.case}" for p in report.problems)
    assert shown.isprintable()
    assert json.loads(json.dumps(report.as_dict(), ensure_ascii=False)) == report.as_dict()


def test_the_released_label_files_are_valid_submissions(manifest: Manifest, tmp_path: Path) -> None:
    """BOM, CRLF and no newline at the end: the form that the organisers themselves published."""
    for split in ("test1", "test2", "test3", "test4"):
        lines = ["Study,Label"]
        lines += [f"{c.case_id},{(c.label or '').lower()}" for c in manifest.split(split)]
        path = tmp_path / f"{split}.csv"
        path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
        report = validate(path, split, manifest)
        assert report.ok
        assert report.problems == ()


def test_what_is_written_reads_back_the_same(tiny: Manifest, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    shares = dict.fromkeys(ANSWERS, (0.25, 0.5, 0.25))
    write_submission(path, dict(reversed(ANSWERS.items())), shares, tiny)
    assert path.read_bytes().startswith(
        b"Study,Label,p_covid19,p_cap,p_normal\nT2-001,covid-19,0.25"
    )
    back = read_submission(path, tiny)
    assert (list(back.predictions), back.probabilities) == (list(ANSWERS), shares)


def test_the_written_form_is_that_of_the_released_labels(tiny: Manifest) -> None:
    assert submission_text(dict(reversed(ANSWERS.items())), None, tiny) == GOOD


def test_writing_an_unknown_class_fails_before_the_file_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with pytest.raises(SubmissionError, match="T2-001"):
        write_submission(path, {"T2-001": "flu"})
    assert list(tmp_path.iterdir()) == []


def test_cases_of_other_sets_are_told_by_set(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("Study,Label\na,cap\nb,cap\nc,cap\n")
    sets = {"a": "x", "b": "y", "c": "z", "d": "z"}
    cases = {case: Case(case, CAP, name, "me", "own") for case, name in sets.items()}
    report = validate(path, "x", Manifest(cases))
    assert [(p.kind, p.case) for p in report.problems] == [
        ("other-split", None),
        ("stray-case", "c"),
    ]
