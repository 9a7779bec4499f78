"""What may be replaced by outputs: files that spgc wrote, and others with --force alone."""

from __future__ import annotations

import re
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


@pytest.mark.parametrize("name", ["submission.csv", "submission-own.csv", "submission.run.json"])
def test_a_slice_table_takes_no_name_of_a_submission(
    name: str, spgc: Spgc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever was written last would be left, and the other said to be written."""
    monkeypatch.chdir(tmp_path)
    for out, path in (("out", f"out/{name}"), ("out", f"new/../out/{name}"), (".", name)):
        ran = spgc("predict", "--out", out, "--slices", path, "--model", "nowhere")
        assert (ran.code, "would take the name of a submission" in ran.err) == (2, True), path
    ran = spgc("predict", "--out", "out", "--slices", name, "--model", "nowhere")
    assert "no such model folder" in ran.err


def test_slice_tables_of_parts_have_names_of_their_own() -> None:
    from spgc.runs.cases import DataFolder
    from spgc.runs.predict import Predicting
    from spgc.runs.shards import Shard

    place = Path("out") / "slices.v1.csv"
    for shard, name in ((None, "slices.v1.csv"), (Shard(2, 3), "slices.v1.2of3.csv")):
        asked = Predicting(DataFolder(Path()), Path(), Path(), slices=place, shard=shard)
        assert asked.slice_file == Path("out") / name


COMMANDS = {
    "explain": ("explain", "syn-T2-001", "--model", "nowhere"),
    "importance": ("importance", "--model", "nowhere"),
    "figure": ("figure", "11"),
    "reproduce": ("reproduce", "table1", "--data", "nowhere"),
    "winter": ("reproduce", "winter-table2", "--data", "nowhere"),
    "rivals": ("reproduce", "rivals", "--data", "nowhere"),
    "predict": ("predict", "--model", "nowhere", "--data", "nowhere"),
}
"""Each would fail on its inputs: the place to write to is looked at before them."""

FILES = {
    "importance": "importance.csv",
    "figure": "figure11.pdf",
    "reproduce": "table1/table1.tex",
    "winter": "winter-table2/scans.csv",
    "rivals": "rivals/rivals.csv",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_place_that_can_not_be_written_to_is_said_before_any_work(
    name: str, spgc: Spgc, tmp_path: Path
) -> None:
    """A file in place of the folder; a folder or a link elsewhere in place of a file."""
    pytest.importorskip("torch")
    (tmp_path / "file").write_text("mine")
    places = {"file": "is a file|can't write file", "file/below": "can't write file"}
    if name in FILES:
        (tmp_path / "folder" / FILES[name]).mkdir(parents=True)
        (tmp_path / "link" / FILES[name]).parent.mkdir(parents=True)
        (tmp_path / "link" / FILES[name]).symlink_to(tmp_path / "file")
        places |= {"folder": "is a folder", "link": "a link leads out of the folder to write to"}
    for place, said in places.items():
        ran = spgc(*COMMANDS[name], "--out", tmp_path / place)
        assert re.search(said, ran.err), (place, ran.err)
        assert (ran.code in (1, 2), ran.err.count("\n"), ran.out) == (True, 1, "")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_model_is_not_trained_for_a_place_that_is_a_file(spgc: Spgc, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    ran = spgc("train", "--system", "density", "--data", "nowhere", "--model", tmp_path / "file")
    assert (ran.code, "the folder to write to is a file" in ran.err) == (2, True)
