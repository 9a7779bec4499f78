"""A system that learns from the validation split says so, and its answers there are not scored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from spgc.ct.store import SliceStore
from tests.cli.conftest import Spgc
from tests.systems.thesaviours import tiny

OPTIONS = [word for name, value in tiny.OPTIONS.items() for word in ("--option", f"{name}={value}")]


def test_train_predict_and_score(
    spgc: Spgc, cohort: Path, store: SliceStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.small(monkeypatch)
    model, out = tmp_path / "model", tmp_path / "out"
    places = ["--data", cohort, "--store", store.root, "--jobs", 1, "--device", "cpu"]
    more = ["--system", "thesaviours", *OPTIONS, "--use-val"]
    ran = spgc("train", *places, "--workers", 0, "--model", model, *more)
    assert ran.code == 0, ran.err
    assert "val: 3 scans not scored, the model was trained on them" in ran.out
    learnt = json.loads((model / "model.json").read_text())["trained_on"]["val"]["cases"]
    assert len(learnt) == 3
    card = (model / "MODEL_CARD.md").read_text()
    assert "**Trained on validation.** 3 scans of the validation split" in card
    assert "Not evaluated: no labelled validation scan outside the training data" in card
    assert "### SYNTHETIC" not in card

    words = ["predict", *places, "--engine", "torch", "--model", model, "--out", out]
    ran = spgc(*words, "--split", "val")
    assert ran.code == 0, ran.err
    assert "TRAINED ON: the model was trained on 3 of these scans" in ran.err
    assert "spgc score out" not in ran.out + ran.err  # it is not proposed
    record = json.loads((out / "submission.run.json").read_text())
    assert record["learnt_with_labels"] == learnt
    manifests = ["--manifests", cohort / "manifests"]
    scored = spgc("score", out / "submission-val.csv", *manifests)
    assert (scored.code, scored.out) == (1, "")
    assert "the model was trained on cases of this submission" in scored.err
    assert spgc("report", out, "--data", cohort).code == 1

    ran = spgc(*words, "--split", "test2")
    assert "TRAINED ON" not in ran.err
    assert spgc("score", out / "submission-test2.csv", *manifests).code == 0
