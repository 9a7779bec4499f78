"""A training or network that leaves the numbers is stopped and refused, never answered from."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from spgc.classifiers.kinds import KINDS
from spgc.classifiers.logistic import fit_logistic
from spgc.errors import DataError, ModelError
from spgc.nets.device import Runtime
from spgc.nets.slices.predictor import predictor
from spgc.nets.training import recorder
from spgc.nets.training.checkpoint import stored_facts
from spgc.nets.training.learner import Learner
from spgc.nets.training.task import Batch
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.network import SliceNet, build_slice_net
from tests.nets.training import tiny_training as tiny


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.known(monkeypatch)
    monkeypatch.setattr(recorder, "SAVE_EVERY", 0.0)


@pytest.mark.parametrize("micro_batch", [None, 4])
def test_a_wild_learning_rate_is_one_error(micro_batch: int | None, tmp_path: Path) -> None:
    """Its step is named, and nothing is left that looks like a result."""
    config = dataclasses.replace(tiny.CONFIG, learning_rate=1e30)
    with pytest.raises(
        ModelError, match=r"training has diverged \[tiny\]: found .* step \d+ of 12"
    ):
        tiny.train(tmp_path, config, micro_batch=micro_batch)
    assert not (tmp_path / "tiny.safetensors").exists()


def test_what_was_saved_before_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NaN at the sixth step: the state after five is there, and a mended training goes on."""
    learnt = Learner.gradients

    def broken(self: Learner, number: int, batch: Batch) -> torch.Tensor:
        tally = learnt(self, number, batch)
        return tally * torch.nan if number == 5 else tally

    whole = tiny.train(tmp_path / "whole")
    with monkeypatch.context() as patch:
        patch.setattr(Learner, "gradients", broken)
        with pytest.raises(ModelError, match=r"found loss nan after step 6 of 12"):
            tiny.train(tmp_path / "m")
    assert stored_facts(tmp_path / "m" / "tiny.progress.safetensors")["state"]["step"] == 5
    again = tiny.train(tmp_path / "m")
    assert torch.equal(again.class_head.weight, whole.class_head.weight)


def test_weights_after_the_last_step_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No loss is computed after the last step, so its weights speak for themselves."""
    taken = Learner.step

    def broken(self: Learner, number: int, batch: Batch) -> torch.Tensor:
        tally = taken(self, number, batch)
        if number == 11:
            with torch.no_grad():
                self.network.class_head.weight[0, 0] = torch.inf
        return tally

    monkeypatch.setattr(Learner, "step", broken)
    with pytest.raises(ModelError, match="weights that are not finite after step 12 of 12"):
        tiny.train(tmp_path)
    assert not (tmp_path / "tiny.safetensors").exists()


def test_a_network_of_nan_is_refused() -> None:
    config = dataclasses.replace(Config(), backbones=(tiny.NAME,), image_size=32)

    def load(name: str) -> SliceNet:
        network = build_slice_net(name).eval()
        with torch.no_grad():
            network.class_head.bias[1] = torch.nan
        return network

    slices = predictor(load, config.spec, Runtime("cpu"), {tiny.NAME: "0"})
    with pytest.raises(ModelError, match=r"not finite \[tiny\]: found 5 NaN among 15 logits"):
        slices.predict("a", tiny.NoiseScan(0, "CAP", 5))
    with pytest.raises(ModelError, match="not finite"):
        slices.answer_images(tiny.NAME, np.zeros((1, 3, 32, 32), np.float32), (0.5, 0.5))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_patient_classifiers_refuse_features_that_are_none(kind: str, bad: float) -> None:
    features = np.random.default_rng(0).random((9, 60)).astype(np.float32)
    classes = np.arange(9, dtype=np.int64) % 3
    classifier = KINDS[kind]()
    classifier.fit(features, classes, 0)
    features[4, 7] = bad
    message = r"not finite \[scan 5 of 9\]: found (nan|inf) as feature 8"
    with pytest.raises(ModelError, match=message):
        classifier.predict(features)
    with pytest.raises(ModelError, match=message):
        KINDS[kind]().fit(features, classes, 0)


def test_density_takes_no_half_of_a_scan() -> None:
    """All NaN means no lung, which has a rule; anything else that is not finite is refused."""
    rng = np.random.default_rng(0)
    features, classes = rng.normal(size=(30, 4)), np.arange(30, dtype=np.int64) % 3
    model = fit_logistic(features, classes, 0.1, 0)
    assert np.isfinite(model.probabilities(np.full(4, np.nan))).all()
    for bad in (np.nan, np.inf):
        row = features[3].copy()
        row[1] = bad
        with pytest.raises(DataError, match="1 of 4 numbers"):
            model.probabilities(row)
        broken = features.copy()
        broken[3] = row
        with pytest.raises(DataError, match=r"scan 4 of 30"):
            fit_logistic(broken, classes, 0.1, 0)
    with pytest.raises(DataError):
        model.probabilities(np.full(4, np.inf))
