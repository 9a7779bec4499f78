"""A scan that can't be taken is named and ends a command with code 1, once the rest is done."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Spgc


@pytest.fixture
def data(cohort: Path, tmp_path: Path) -> Path:
    """A cohort with one slice that is a link to nothing, and an archive of a form not read."""
    root = tmp_path / "data"
    shutil.copytree(cohort, root)
    folder = next(path for path in sorted(root.rglob("syn-cap*")) if path.is_dir())
    slices = sorted(folder.glob("*.dcm"))
    slices[0].unlink()
    slices[0].symlink_to(tmp_path / "nowhere")
    (root / "more.7z").write_bytes(b"7z\xbc\xaf\x27\x1c")
    return root


def test_train_predict_and_check(spgc: Spgc, data: Path, tmp_path: Path) -> None:
    """They still train and answer, and say with --quiet too what they left out."""
    places = ("--data", data, "--store", tmp_path / "store", "--model", tmp_path / "model")
    more = ("--jobs", 1, "--quiet")
    trained = spgc("train", "--system", "density", *places, *more)
    assert trained.code == 1
    assert "error: left out 1 scan (syn-cap" in trained.err
    assert "a link that leads nowhere" in trained.err
    assert (tmp_path / "model" / "model.json").is_file()

    answered = spgc("predict", *places, "--out", tmp_path / "out", *more)
    assert answered.code == 1
    assert "7-Zip file" in answered.err
    assert "syn-cap" in answered.err
    assert (tmp_path / "out" / "submission.csv").is_file()

    checked = spgc("data", "check", data, "--quiet")
    assert checked.code == 1
    assert "error: more: not a scan that can be read" in checked.out
    assert "1 file can't be read" in checked.out


def test_view_says_why_a_case_cant_be_taken(
    spgc: Spgc, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = spgc("view", "more", "--data", data)
    assert ran.code == 1
    assert "7-Zip file" in ran.err
