"""What may be replaced by outputs: files that spgc wrote, and others with --force alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from spgc.data.manifests import read_manifests
from tests.cli.conftest import Spgc


@pytest.fixture
def answers(spgc: Spgc, tmp_path: Path) -> Path:
    path = tmp_path / "answers.csv"
    assert spgc("example", "--split", "test2", "--out", path).code == 0
    return path


def test_answers_are_not_replaced_by_an_example(spgc: Spgc, answers: Path) -> None:
    answers.write_text("mine")
    ran = spgc("example", "--split", "test2", "--out", answers)
    assert ran.code == 2
    assert "file exists, nothing written" in ran.err
    assert answers.read_text() == "mine"
    assert spgc("example", "--split", "test2", "--out", answers, "--force").code == 0
    assert answers.read_text() != "mine"


def test_the_example_of_all_ranked_scans(spgc: Spgc, tmp_path: Path) -> None:
    path = tmp_path / "ninety.csv"
    assert spgc("example", "--split", "overall", "--out", path).code == 0
    names = [line.split(",")[0] for line in path.read_text().splitlines()[1:]]
    ranked = [c.case_id for s in ("test1", "test2", "test3") for c in read_manifests().split(s)]
    assert names == ranked
    assert len(names) == 90
    assert "35/90" in spgc("score", path).out


@pytest.mark.parametrize("words", [["score", "--picture"], ["report", "--out"]], ids=str)
def test_named_files_of_others_stay(words: list[str], spgc: Spgc, answers: Path) -> None:
    """Refused before any work; a second run replaces what the first one wrote."""
    target = answers.with_name("p.png")
    target.write_text("notes of mine")
    line = (words[0], answers, *words[1:])
    ran = spgc(*line, target)
    assert ran.code == 2
    assert "none that spgc wrote" in ran.err
    assert target.read_text() == "notes of mine"
    assert spgc(*line, target, "--force").code == 0
    assert spgc(*line, target).code == 0
    ran = spgc(*line, answers, "--force")
    assert ran.code == 2
    assert answers.read_text().startswith("Study")


def test_a_sheet_does_not_replace_a_scan(spgc: Spgc, cohort: Path, tmp_path: Path) -> None:
    folder = next(cohort.rglob("syn-T2-001"))
    mine = tmp_path / "mine.png"
    mine.write_bytes(b"\x89PNG of another program")
    assert spgc("view", folder, "--out", mine).code == 2
    assert spgc("view", folder, "--out", tmp_path / "sheet.tiff").code == 2
    ran = spgc("view", folder, "--out", tmp_path / "sheet.jpg", "--dpi", 40)
    assert ran.code == 0, ran.err
    assert (tmp_path / "sheet.jpg").read_bytes().startswith(b"\xff\xd8")
    assert spgc("view", folder, "--out", tmp_path / "sheet.jpg").code == 0


def test_a_slice_table_replaces_its_like_alone(spgc: Spgc, answers: Path, tmp_path: Path) -> None:
    from spgc.errors import UsageError
    from spgc.files.overwriting import check_target
    from spgc.runs.slice_table import HEAD

    ran = spgc("predict", "--slices", answers, "--data", tmp_path, "--model", tmp_path)
    assert ran.code == 2
    assert "none that spgc wrote" in ran.err
    table = tmp_path / "slices.csv"
    table.write_bytes(HEAD + b"p_covid19\n")
    check_target(table, mark=HEAD)
    with pytest.raises(UsageError, match="none that spgc wrote"):
        check_target(table)


def test_a_way_through_a_missing_folder_replaces_nothing(
    spgc: Spgc, answers: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.png"
    mine.write_bytes(b"\x89PNG of another program")
    before = answers.read_bytes()
    for path in (mine, answers):
        detour = path.parent / "new" / ".." / path.name
        for words in (
            ("example", "--out", detour),
            ("report", answers, "--out", detour),
            ("agreement", answers, answers, "--picture", detour),
            ("score", answers, "--picture", detour),
        ):
            assert spgc(*words).code == 2, words
        assert not (path.parent / "new").exists()
    assert mine.read_bytes() == b"\x89PNG of another program"
    assert answers.read_bytes() == before
