"""Each command that spgc proposes next works as it stands, taken apart as a shell does it."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

import pytest

from spgc.text.command_lines import command_line
from tests.cli.conftest import Ran, Spgc


def proposed(ran: Ran) -> list[list[str]]:
    """The words after `spgc` of each command proposed."""
    heads = ("Next: spgc ", "Fill in your predictions, then: spgc ")
    return [
        shlex.split(line.removeprefix(head))
        for line in ran.err.splitlines()
        for head in heads
        if line.startswith(head)
    ]


@pytest.fixture(scope="module")
def work(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose name a shell would take apart, with the cohort in it."""
    folder = tmp_path_factory.mktemp("next") / "it's a $HOME; folder"
    shutil.copytree(cohort, folder / "data")
    return folder


def options(work: Path) -> tuple[object, ...]:
    return ("--data", work / "data", "--store", work / "store", "--model", work / "model")


@pytest.fixture(scope="module", autouse=True)
def _no_settings() -> None:
    assert not {"SPGC_DATA", "SPGC_STORE", "SPGC_MODEL"} & set(os.environ)


def test_from_training_to_the_score(
    spgc: Spgc, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = spgc("train", "--system", "density", "--jobs", 1, *options(work))
    [words] = proposed(ran)
    assert words[:3] == ["predict", "--split", "test2"]
    (work / "here").mkdir()
    monkeypatch.chdir(work / "here")
    predicted = spgc(*words, "--jobs", 1)
    assert predicted.code == 0, predicted.err
    [words] = proposed(predicted)
    assert words[:2] == ["score", "submission.csv"]
    assert spgc(*words).code == 0


def test_a_file_with_holes_is_not_proposed(spgc: Spgc, work: Path, tmp_path: Path) -> None:
    """Of two splits, the one with a hole is left out, the other one can be scored."""
    if not (work / "model").exists():
        spgc("train", "--system", "density", "--jobs", 1, *options(work))
    root = tmp_path / "data"
    shutil.copytree(work / "data", root)
    shutil.rmtree(next(root.rglob("syn-T2-002")))
    words = (
        "predict",
        "--data",
        root,
        *options(work)[2:],
        "--jobs",
        1,
        "--out",
        tmp_path,
        "--allow-missing",
        "--split",
        "test2",
    )
    assert proposed(spgc(*words)) == []
    [next_one] = proposed(spgc(*words, "--split", "val"))
    assert next_one[:2] == ["score", str(tmp_path / "submission-val.csv")]
    assert spgc(*next_one).code == 0
    [next_one] = proposed(spgc(*words, "--fill", "cap"))
    assert spgc(*next_one).code == 0


def test_training_without_a_test_split_proposes_what_is_there(
    spgc: Spgc, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "data"
    shutil.copytree(work / "data", root)
    shutil.rmtree(root / "Test_Data")
    model = tmp_path / "model"
    ran = spgc(
        "train",
        "--system",
        "density",
        "--jobs",
        1,
        "--data",
        root,
        "--store",
        work / "store",
        "--model",
        model,
    )
    [words] = proposed(ran)
    assert "--split" not in words
    monkeypatch.chdir(tmp_path)
    assert spgc(*words, "--jobs", 1).code == 0


def test_phantoms_and_examples(spgc: Spgc, work: Path, tmp_path: Path) -> None:
    manifests = work / "data" / "manifests"
    out = tmp_path / "my answers.csv"
    ran = spgc("example", "--split", "test2", "--manifests", manifests, "--out", out)
    [words] = proposed(ran)
    assert spgc(*words).code == 0
    ran = spgc("phantom", tmp_path / "a b", "--size", "tiny")
    assert ran.code == 0, ran.err
    [words] = proposed(ran)
    assert spgc(*words).code == 0


def test_windows_has_quotes_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert command_line("spgc", "score", "it's.csv") == """spgc score 'it'"'"'s.csv'"""
    monkeypatch.setattr("spgc.text.command_lines.os.name", "nt")
    line = command_line("spgc", "score", "C:\\my answers\\a.csv")
    monkeypatch.undo()
    assert line == 'spgc score "C:\\my answers\\a.csv"'
