"""Answers of a model for scans that it was trained on are marked wherever they are counted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from spgc.ct.store import SliceStore
from spgc.model.document import MODEL, read_document
from spgc.model.identity import model_hash
from tests.cli.conftest import Ran, Spgc

TRAINED = "TRAINED ON: the model was trained on 6 of these scans"
CHOSEN = "CHOSEN BY: 3 of these scans, with their labels, chose"
UNKNOWN = "TRAINED ON? "


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> SliceStore:
    """Its own, since other scans come under the names of the shared ones."""
    return SliceStore(tmp_path_factory.mktemp("renamed"))


@pytest.fixture
def model(spgc: Spgc, cohort: Path, store: SliceStore, tmp_path: Path) -> Path:
    words = ["train", "--data", cohort, "--store", store.root, "--system", "density"]
    assert spgc(*words, "--model", tmp_path / "model", "--jobs", 1).code == 0
    return tmp_path / "model"


def edit(model: Path, **changed: Any) -> None:
    """Change what a model says of its training, as its author could; None takes a field out."""
    document = read_document(model)
    learnt = {k: v for k, v in (document["trained_on"] | changed).items() if v is not None}
    document["trained_on"] = learnt
    document["model_hash"] = model_hash(document)
    (model / MODEL).write_text(json.dumps(document))


def predicted(
    spgc: Spgc, data: Path, store: SliceStore, model: Path, out: Path, split: str = "train"
) -> Ran:
    words = ["predict", "--data", data, "--store", store.root, "--model", model, "--out", out]
    ran = spgc(*words, "--split", split, "--jobs", 1)
    assert ran.code == 0, ran.err
    return ran


def test_a_score_on_the_training_split_is_marked_everywhere(
    spgc: Spgc, cohort: Path, store: SliceStore, model: Path, tmp_path: Path
) -> None:
    learnt = json.loads((model / MODEL).read_text())["trained_on"]
    assert (len(learnt["cases"]), len(learnt["contents"])) == (6, 6)
    out, manifests = tmp_path / "out", ["--manifests", cohort / "manifests"]
    assert TRAINED in predicted(spgc, cohort, store, model, out).err
    record = json.loads((out / "submission.run.json").read_text())
    assert record["trained_on"] == learnt["cases"]
    file = out / "submission-train.csv"
    assert TRAINED in spgc("score", file, *manifests).out
    assert TRAINED in spgc("score", file, *manifests, "--format", "markdown").out
    told = json.loads(spgc("score", file, *manifests, "--json").out)
    assert (told["trained_on"], told["chosen_by"]) == (learnt["cases"], [])
    checked = spgc("validate", file, *manifests)
    assert checked.code == 0
    assert f"remark   {TRAINED}" in checked.out
    assert TRAINED in spgc("report", out, *manifests, "--terminal").out
    assert spgc("report", out, *manifests, "--out", tmp_path / "page.html").code == 0
    assert TRAINED in (tmp_path / "page.html").read_text()
    other = tmp_path / "other.csv"
    shutil.copy(file, other)
    both = spgc("compare", other, file, *manifests)
    assert f"submission-train: {TRAINED}" in both.out
    assert "other: TRAINED ON" not in both.out
    told = json.loads(spgc("compare", other, file, *manifests, "--json").out)
    assert [mark[: len("submission-train: TRAINED")] for mark in told["marks"]] == [
        "submission-train: TRAINED"
    ]
    truth = tmp_path / "truth.csv"
    lines = (cohort / "manifests" / "train.csv").read_text().splitlines()
    rows = [line.split(",")[:2] for line in lines]
    truth.write_text("".join(f"{','.join(row)}\n" for row in rows))
    ranked = spgc("leaderboard", file, "--truth", truth)
    assert "scans that the model was trained on: 6" in " ".join(ranked.out.split()), ranked.out

    assert "TRAINED ON" not in predicted(spgc, cohort, store, model, out, "test2").err
    file = out / "submission-test2.csv"
    assert "TRAINED ON" not in spgc("score", file, *manifests).out
    assert json.loads(spgc("score", file, *manifests, "--json").out)["trained_on"] == []


def test_a_scan_is_known_again_under_another_name(
    spgc: Spgc, cohort: Path, store: SliceStore, model: Path, tmp_path: Path
) -> None:
    """A copy of a training scan in a test set of one's own, and one that has the name alone."""
    root = tmp_path / "own"
    learnt = next(p for p in (cohort / "COVID-19 subjects").iterdir() if p.is_dir())
    shutil.copytree(learnt, root / "anna")
    test = next(path for path in (cohort / "Test_Data" / "Test-2").iterdir() if path.is_dir())
    shutil.copytree(test, root / "berta")
    out = tmp_path / "out"
    ran = predicted(spgc, root, store, model, out, "own")
    assert "TRAINED ON: the model was trained on 1 of these scans" in ran.err
    assert json.loads((out / "submission.run.json").read_text())["trained_on"] == ["anna"]
    shutil.copytree(test, root / json.loads((model / MODEL).read_text())["trained_on"]["cases"][0])
    assert "trained on 2 of these scans" in predicted(spgc, root, store, model, out, "own").err


def test_a_model_that_does_not_name_its_cases(
    spgc: Spgc, cohort: Path, store: SliceStore, model: Path, tmp_path: Path
) -> None:
    """It is said to be unknown, when predicting and in scores of the training split."""
    edit(model, cases=None, contents=None)
    out, manifests = tmp_path / "out", ["--manifests", cohort / "manifests"]
    assert UNKNOWN in predicted(spgc, cohort, store, model, out).err
    assert "trained_on" not in json.loads((out / "submission.run.json").read_text())
    file = out / "submission-train.csv"
    assert UNKNOWN in spgc("score", file, *manifests).out
    assert json.loads(spgc("score", file, *manifests, "--json").out)["trained_on"] is None
    predicted(spgc, cohort, store, model, out, "test2")
    assert UNKNOWN not in spgc("score", out / "submission-test2.csv", *manifests).out


def test_scans_by_which_a_model_was_chosen(
    spgc: Spgc, cohort: Path, store: SliceStore, model: Path, tmp_path: Path
) -> None:
    """Right answers for them decided which model it is: they flatter it."""
    rows = (cohort / "manifests" / "val.csv").read_text().splitlines()[1:]
    cases = [row.split(",")[0] for row in rows]
    edit(model, chosen_by={"cases": cases})
    out, manifests = tmp_path / "out", ["--manifests", cohort / "manifests"]
    assert CHOSEN in predicted(spgc, cohort, store, model, out, "val").err
    file = out / "submission-val.csv"
    assert CHOSEN in spgc("score", file, *manifests).out
    assert json.loads(spgc("score", file, *manifests, "--json").out)["chosen_by"] == cases
    assert CHOSEN in spgc("validate", file, *manifests).out


@pytest.mark.parametrize("part", [{"cases": 7}, {"contents": [1]}, {"chosen_by": {"cases": "P1"}}])
def test_lists_of_another_kind_are_refused(
    spgc: Spgc, cohort: Path, store: SliceStore, model: Path, part: dict[str, Any]
) -> None:
    edit(model, **part)
    words = ["predict", "--data", cohort, "--store", store.root, "--model", model]
    ran = spgc(*words, "--split", "test2")
    assert (ran.code, "model.json is damaged" in ran.err) == (1, True), ran.err
