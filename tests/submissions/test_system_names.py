"""Two systems never have one name in a table: which of them is right could not be told."""

from __future__ import annotations

from pathlib import Path

import pytest

import spgc
from spgc.board.compared_files import sides_of
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import read_manifests
from spgc.files.standard_input import StandardInput
from spgc.submissions.system_names import system_names
from spgc.submissions.write import write_submission

TRUTH = {"P1": "cap", "P2": "cap", "P3": "normal"}
BEFORE = {**TRUTH, "P2": "normal"}


def test_names_tell_files_apart(tmp_path: Path) -> None:
    files = [tmp_path / "a" / "submission.csv", tmp_path / "b" / "submission.csv", Path("x.csv")]
    assert system_names(files) == ["a/submission", "b/submission", "x"]
    deep = [Path("p/1/run/s.csv"), Path("p/2/run/s.csv"), StandardInput(b"")]
    assert system_names(deep) == ["1/run/s", "2/run/s", "stdin"]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """As two runs leave them: one name in two folders."""
    made = []
    for name, answers in (("old", BEFORE), ("new", TRUTH)):
        (tmp_path / name).mkdir()
        made.append(tmp_path / name / "submission.csv")
        write_submission(made[-1], answers)
    return made


def test_a_comparison_says_which_of_two_files_called_alike_is_right(files: list[Path]) -> None:
    result = spgc.compare(*files, TRUTH)
    assert (result.a, result.b) == ("old/submission", "new/submission")
    assert "new/submission minus old/submission" in str(result)
    given = spgc.compare(files[0], TRUTH, TRUTH)
    assert (given.a, given.b) == ("submission", "b")
    named = spgc.compare(*files, TRUTH, names=("x", "y"))
    assert (named.a, named.b) == ("x", "y")


def test_agreement_and_board_name_them_alike(files: list[Path]) -> None:
    both = {"old/submission", "new/submission"}
    assert set(spgc.agreement(files, TRUTH).systems) == both
    cases = read_manifests().split("test1")
    for file in files:
        write_submission(file, {case.case_id: "normal" for case in cases})
    rows = spgc.leaderboard(files, split="test1").views[0].rows
    assert {row.team for row in rows if row.yours} == both


def test_a_file_called_like_a_team_has_its_path(tmp_path: Path) -> None:
    path = tmp_path / "TheSaviours.csv"
    path.touch()
    file, team = sides_of([path, Path("thesaviours")], SPGC)
    assert (file.name, team.name) == (str(path), "TheSaviours")
    (alone,) = sides_of([path], SPGC)
    assert alone.name == "TheSaviours"
