"""`spgc importance` and the patient-stage options of train: what a user types and sees."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Spgc


def test_of_a_model_alone(spgc: Spgc, model: Path, tmp_path: Path) -> None:
    ran = spgc("importance", "--model", model, "--out", tmp_path)
    assert ran.code == 0, ran.err
    assert "SYNTHETIC · Largest contributions (6 training scans)" in ran.out
    assert {p.name for p in tmp_path.iterdir()} == {
        "importance.png",
        "importance.svg",
        "importance.pdf",
        "importance.csv",
    }
    assert len((tmp_path / "importance.csv").read_text().splitlines()) == 241


def test_of_a_split(spgc: Spgc, cohort: Path, model: Path, tmp_path: Path) -> None:
    ran = spgc(
        "importance",
        "--model",
        model,
        "--split",
        "val",
        "--data",
        cohort,
        "--store",
        tmp_path / "store",
        "--out",
        tmp_path / "out",
        "--jobs",
        1,
        "--json",
    )
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    assert document["source"] == "3 scans of val"
    assert document["synthetic"] is True
    assert len(document["top"]) == 10
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "importance.csv",
        "importance.pdf",
        "importance.png",
        "importance.svg",
        "permutation.csv",
    ]


def test_the_engine_is_that_of_predict(
    spgc: Spgc, cohort: Path, model: Path, tmp_path: Path
) -> None:
    words = (
        "importance",
        "--model",
        model,
        "--split",
        "val",
        "--data",
        cohort,
        "--store",
        tmp_path / "store",
        "--out",
        tmp_path / "out",
        "--jobs",
        1,
    )
    ran = spgc(*words, "--engine", "onnx")
    assert (ran.code, "expected auto | torch | openvino" in ran.err) == (2, True), ran.err
    ran = spgc(*words, "--engine", "torch", "--precision", "int8")
    assert (ran.code, "unknown precision" in ran.err) == (2, True), ran.err


def test_bad_input(spgc: Spgc, cohort: Path, model: Path, tmp_path: Path) -> None:
    ran = spgc("importance", "--model", tmp_path / "nothing", "--out", tmp_path)
    assert (ran.code, "no such model folder" in ran.err) == (1, True)
    ran = spgc("importance", "--model", model, "--split", "tst2", "--out", tmp_path)
    assert (ran.code, "did you mean 'test2'" in ran.err) == (2, True)
    ran = spgc(
        "importance",
        "--model",
        model,
        "--split",
        "test1",
        "--data",
        cohort,
        "--store",
        tmp_path / "store",
        "--out",
        tmp_path,
    )
    assert (ran.code, "no scan of test1" in ran.err) == (1, True)
    changed = tmp_path / "changed"
    shutil.copytree(model, changed)
    with (changed / "training-features.csv").open("a") as file:
        file.write("more\n")
    ran = spgc("importance", "--model", changed, "--out", tmp_path)
    assert (ran.code, "has changed since training" in ran.err) == (1, True)
    assert not list(tmp_path.glob("importance*"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--features", "votes"], "unknown features: found 'votes', expected counts | prob"),
        (["--folds", 1], "impossible number of folds"),
        (["--patient-weights", "heavy"], "expected equal | balanced"),
    ],
)
def test_bad_options_of_train(
    words: list[object], message: str, spgc: Spgc, cohort: Path, tmp_path: Path
) -> None:
    ran = spgc(
        "train",
        "--data",
        cohort,
        "--store",
        tmp_path / "store",
        "--model",
        tmp_path / "model",
        *words,
    )
    assert (ran.code, message in ran.err) == (2, True), ran.err
    assert not (tmp_path / "model").exists()
