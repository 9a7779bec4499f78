"""CSV as text: cells come back as they were, and text for people is no formula."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spgc.data.manifests import Case, read_manifest, write_manifest
from spgc.files.csv_text import csv_text, no_formula
from spgc.protocol import CAP
from spgc.submissions.validate import validate
from spgc.submissions.write import write_submission

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=5))
def test_cells_come_back(rows: list[list[str]]) -> None:
    assert list(csv.reader(io.StringIO(csv_text(rows), newline=""), strict=True)) == rows


def test_rows_end_in_lf_and_only_what_needs_quotes_has_them() -> None:
    assert (
        csv_text([("case", "label"), ("a,b", 1), ('"', 0.5)]) == 'case,label\n"a,b",1\n"""",0.5\n'
    )
    assert csv_text([]) == ""


@pytest.mark.parametrize("text", ["=cmd|'/c calc'!A0", "+1", "-1", "@SUM(A1)", "  =1", "\t=1"])
def test_text_for_people_is_no_formula(text: str) -> None:
    assert no_formula(text)[0] not in "=+-@\t "


@pytest.mark.parametrize("text", ["TheSaviours", "a=b", "", "1 - 2", "'=1"])
def test_other_text_stays(text: str) -> None:
    assert no_formula(text) == text


@pytest.mark.parametrize("case_id", ["=cmd", "+1", "-7", "@a"])
def test_a_case_id_like_a_formula_is_read_back_as_it_was(tmp_path: Path, case_id: str) -> None:
    """Who scores the answers has to find the same ID: nothing is put before it."""
    case = Case(case_id, CAP, "own", "a folder", "own")
    write_manifest([case], tmp_path / "own.csv")
    manifest = read_manifest(tmp_path / "own.csv")
    assert list(manifest.cases) == [case_id]
    write_submission(tmp_path / "answers.csv", {case_id: CAP})
    report = validate(tmp_path / "answers.csv", None, manifest)
    assert report.ok
    assert report.submission is not None
    assert report.submission.predictions == {case_id: CAP}
