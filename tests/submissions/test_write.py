"""A submission is written in the form of the released label files, whole or not at all."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spgc.data.manifests import Manifest
from spgc.errors import SubmissionError
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL
from spgc.submissions.write import submission_text, write_submission

ANSWERS = {"T2-003": NORMAL, "T2-001": COVID19, "T2-002": CAP}
SHARES = {"T2-003": (0.1, 0.2, 0.7), "T2-001": (1.0, 0.0, 0.0), "T2-002": (1 / 3, 2 / 3, 0.0)}


def test_the_bytes_of_the_released_form(tiny: Manifest, tmp_path: Path) -> None:
    """UTF-8 without byte order mark, LF, the released spellings, manifest order."""
    write_submission(tmp_path / "s.csv", ANSWERS, None, tiny)
    assert (tmp_path / "s.csv").read_bytes() == (
        b"Study,Label\nT2-001,covid-19\nT2-002,cap\nT2-003,normal\n"
    )


def test_without_a_manifest_the_order_given_is_kept() -> None:
    assert [line.split(",")[0] for line in submission_text(ANSWERS).splitlines()[1:]] == [
        "T2-003",
        "T2-001",
        "T2-002",
    ]


def test_cases_that_the_manifest_lacks_come_last(tiny: Manifest) -> None:
    text = submission_text({"mine-2": CAP, **ANSWERS, "mine-1": CAP}, None, tiny)
    cases = [line.split(",")[0] for line in text.splitlines()[1:]]
    assert cases == ["T2-001", "T2-002", "T2-003", "mine-2", "mine-1"]


def test_probabilities_stand_in_class_order_to_a_millionth(tiny: Manifest) -> None:
    rows = list(csv.reader(io.StringIO(submission_text(ANSWERS, SHARES, tiny))))
    assert rows == [
        ["Study", "Label", "p_covid19", "p_cap", "p_normal"],
        ["T2-001", "covid-19", "1.000000", "0.000000", "0.000000"],
        ["T2-002", "cap", "0.333333", "0.666667", "0.000000"],
        ["T2-003", "normal", "0.100000", "0.200000", "0.700000"],
    ]


@pytest.mark.parametrize("word", ["covid-19", "COVID-19", "Covid19"])
def test_any_known_spelling_is_written_as_released(word: str) -> None:
    assert submission_text({"P001": word}) == "Study,Label\nP001,covid-19\n"


@pytest.mark.parametrize(
    ("answers", "shares", "said"),
    [
        ({**ANSWERS, "T2-002": "flu"}, None, "case T2-002 has no known class: found 'flu'"),
        ({**ANSWERS, "T2-002": ""}, None, "case T2-002 has no known class: found ''"),
        (ANSWERS, {"T2-001": (1.0, 0.0, 0.0)}, "case T2-00[23] has no probabilities"),
    ],
)
def test_what_can_not_be_written_leaves_the_old_file(
    answers: dict[str, str],
    shares: dict[str, tuple[float, float, float]] | None,
    said: str,
    tmp_path: Path,
) -> None:
    path = tmp_path / "s.csv"
    path.write_text("as it was")
    with pytest.raises(SubmissionError, match=said):
        write_submission(path, answers, shares)
    assert path.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [path]


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1)


@given(st.dictionaries(NAMES, st.sampled_from(CLASSES), min_size=1, max_size=6))
def test_any_case_id_comes_back_from_a_csv_reader(answers: dict[str, str]) -> None:
    """Commas, quotes and line feeds in a folder's name are part of the name."""
    rows = list(csv.reader(io.StringIO(submission_text(answers), newline="")))
    assert [row[0] for row in rows[1:]] == list(answers)
    assert all(len(row) == 2 for row in rows)
