"""What the validator advises leads to no other patient and to no other class."""

from __future__ import annotations

from pathlib import Path

import pytest

from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import Case, Manifest
from spgc.protocol import CAP, COVID19, NORMAL
from spgc.submissions.reading_rules import reading_on
from spgc.submissions.truth_file import truth_of
from spgc.submissions.validate import validate
from spgc.submissions.write import write_submission
from tests.submissions.found_problems import GOOD, WriteFile, only


def test_nearest_case_is_suggested(manifest: Manifest, write: WriteFile) -> None:
    report = validate(write("Study,Label\nT2-0O1,cap\n"), "test2", manifest)
    assert only(report, "unknown-case").fix == "did you mean T2-001?"


def test_no_advice_leads_to_another_patient(manifest: Manifest, write: WriteFile) -> None:
    """A bare 21 is no T2-001, and T2-031 is no slip of the pen for T2-030."""
    rows = "".join(f"{i},cap\n" for i in range(1, 31))
    fixes = {
        p.fix
        for p in validate(write("Study,Label\n" + rows), "test2", manifest).refused
        if p.kind == "unknown-case"
    }
    assert fixes == {"write whole case IDs instead of numbers, such as T2-001 for 1"}
    fixes = {
        p.fix
        for p in validate(write("Study,Label\n21,cap\n"), None, manifest).refused
        if p.kind == "unknown-case"
    }
    assert fixes == {"write whole case IDs instead of numbers"}
    report = validate(write("Study,Label\nT2-031,cap\n"), "test2", manifest)
    assert "did you mean" not in (only(report, "unknown-case").fix or "")


def test_of_two_cases_equally_near_none_is_suggested(write: WriteFile) -> None:
    own = Manifest({c: Case(c, CAP, "own", "made up", "own") for c in ("a3f9", "b3f9", "c3f8")})
    report = validate(write("Study,Label\no3f9,cap\nc3f8x,cap\n"), None, own)
    fixes = {p.case: p.fix for p in report.refused if p.kind == "unknown-case"}
    assert "did you mean" not in (fixes["o3f9"] or "")
    assert fixes["c3f8x"] == "did you mean c3f8?"


def test_a_case_may_be_called_with_quote_signs(tmp_path: Path) -> None:
    """Such a folder's answers, as they are written, are read again."""
    labels = {"'a'": COVID19, '"b"': CAP, "a": NORMAL, "c`": CAP}
    own = Manifest({c: Case(c, label, "own", "made up", "own") for c, label in labels.items()})
    write_submission(tmp_path / "s.csv", labels, None, own)
    report = validate(tmp_path / "s.csv", None, own)
    assert dict(report.accepted().predictions) == labels


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("T2-01O", "T2-010"),
        ("T2-0I2", "T2-012"),
        ("T2-00l", "T2-001"),
        ("T2-l2", "T2-012"),
        ("T2-0l0", "T2-010"),
        ("T3-0O1", "T3-001"),
        ("T2013", "T2-013"),
        ("T212", "T2-012"),
        ("Test2-012", "T2-012"),
        ("T2-012.dcm", "T2-012"),
        ("t2.12", "T2-012"),
        ("T2-12.0", None),
        ("T2-1.0", None),
        ("T2-2-1", None),
        ("T2-00S", None),
        ("TZ-012", None),
    ],
)
def test_a_case_id_is_suggested_only_by_its_own_numbers(
    text: str, case: str | None, manifest: Manifest, write: WriteFile
) -> None:
    """O and l are taken for the digits that they look like; T2-01O is T2-010 and not T2-001."""
    for split in ("test2", None):
        report = validate(write(f"Study,Label\nT2-030,cap\n{text},cap\n"), split, manifest)
        fix = only(report, "unknown-case").fix or ""
        assert fix == f"did you mean {case}?" if case else "did you mean" not in fix


@pytest.mark.parametrize(
    "label",
    [
        "non-covid-19",
        "noncovid",
        "no covid",
        "not covid-19",
        "covid-19 negative",
        "abnormal",
        "subnormal",
        "not normal",
        "nocap",
        "non-cap",
        "cop",
        "covid-19/cap",
        "covid-19 or normal",
        "COVID -",
        "covid(-)",
        "covid0",
        "cap?",
    ],
)
def test_no_advice_takes_a_denial_or_two_classes_for_a_class(
    label: str, tiny: Manifest, write: WriteFile
) -> None:
    fix = only(validate(write(GOOD.replace("cap", label)), None, tiny), "unknown-label").fix or ""
    assert fix == "use one of the three labels"


@pytest.mark.parametrize("label", ["NCP", "ncp", "CP", "Np", "1"])
def test_no_advice_leads_to_another_class(label: str, tiny: Manifest, write: WriteFile) -> None:
    fix = only(validate(write(GOOD.replace("cap", label)), None, tiny), "unknown-label").fix or ""
    assert "did you mean" not in fix
    if label.lower() == "ncp":
        assert "=covid-19" in fix


@pytest.mark.parametrize("text", ["dora,cap\n", "dora,cap\nanna,cap\n", "syn-P001,cap\nanna,cap\n"])
@pytest.mark.parametrize("split", [None, "own", "test1"])
def test_advice_on_labels_of_ones_own_names_the_truth_file(
    text: str, split: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"Study,Label\n{text}")
    report = validate(path, split, truth_of({"anna": "cap"}, reading_on(SPGC)))
    advice = [problem.fix or "" for problem in report.refused]
    assert any("truth file" in words for words in advice)
    assert not any("--manifests" in words or "spgc example" in words for words in advice)
