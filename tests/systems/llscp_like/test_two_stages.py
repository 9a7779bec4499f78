"""Balanced draws share the larger class out; the second stage starts from the first one's body."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from spgc.errors import ModelError, UsageError
from spgc.jobs.progress import silent
from spgc.nets.device import Runtime
from spgc.nets.training.start import final_file
from spgc.nets.training.trained import trained_or_read
from spgc.nets.volumes import resnet3d
from spgc.nets.volumes.resnet3d import KINETICS_STEM
from spgc.protocol import CAP, CLASSES, COVID19
from spgc.systems.llscp_like import two_stages
from spgc.systems.llscp_like.llscp_settings import FIRST, LlscpSettings
from spgc.systems.llscp_like.system import LlscpLike
from spgc.systems.llscp_like.two_answers import joined, shares_of
from spgc.systems.llscp_like.two_stages import drawn_pairs
from tests.systems.small.scans import array_cohort

TINY = LlscpSettings(
    weights="none", size=(16, 33, 33), members=2, epochs=1, pair_epochs=1, batch_size=3
)


def test_each_of_five_gets_as_many_of_both_and_all_get_their_turn() -> None:
    """Three CAP and seven COVID-19 scans: 15 places for seven, so that each comes two or three
    times."""
    cohort = array_cohort(7, 1)
    scans = [s for s in cohort if s.label != CAP] + [s for s in cohort if s.label == CAP][:3]
    draws = drawn_pairs(scans, LlscpSettings(weights="none", seed=3))
    assert len(draws) == 5
    covid: Counter[int] = Counter()
    for samples in draws:
        assert Counter(sample.label for sample in samples) == {0: 3, 1: 3}
        assert {scans[s.scan].label for s in samples if s.label == 0} == {COVID19}
        assert {s.scan for s in samples if s.label == 1} == {14, 15, 16}
        covid.update(s.scan for s in samples if s.label == 0)
    assert set(covid.values()) == {2, 3}
    assert len(covid) == 7


def test_the_answer_of_both_stages() -> None:
    """Normal is stage 1's 0.2; the other 0.8 go 3 to 1, the mean of 0.9 and 0.6."""
    rows = {
        FIRST: np.log(np.array([0.5, 0.3, 0.2], np.float32)),
        "pair-1": np.log(np.array([0.9, 0.1], np.float32)),
        "pair-2": np.log(np.array([0.6, 0.4], np.float32)),
    }
    np.testing.assert_allclose(joined(rows), [0.6, 0.2, 0.2], atol=1e-6)
    np.testing.assert_allclose(shares_of(FIRST, rows[FIRST][None]), [[0.5, 0.3, 0.2]], atol=1e-6)
    np.testing.assert_allclose(
        shares_of("pair-1", rows["pair-1"][None]), [[0.9, 0.1, 0]], atol=1e-6
    )
    answer = LlscpLike(TINY).answer(rows)
    assert answer.label == COVID19
    assert answer.probabilities == pytest.approx((0.6, 0.2, 0.2), abs=1e-6)


def test_the_five_start_from_stage_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resnet3d, "WIDTHS", (4, 4, 8, 8))
    begun: dict[str, dict[str, torch.Tensor]] = {}

    def noting(build: object, first: object, training: object, *rest: object) -> object:
        network = build(False)  # type: ignore[operator]
        state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
        begun[training.name] = state  # type: ignore[attr-defined]
        return trained_or_read(build, first, training, *rest)  # type: ignore[arg-type, type-var]

    monkeypatch.setattr("spgc.nets.volumes.volume_training.trained_or_read", noting)
    system = LlscpLike(TINY, Runtime("cpu"))
    system.fit(array_cohort(2, 1), array_cohort(1, 2), tmp_path, silent)
    stage = two_stages.build(TINY, FIRST)
    from spgc.nets.training.checkpoint import load_weights

    load_weights(stage, final_file(tmp_path, FIRST))
    for name in ("pair-1", "pair-2"):
        for key, tensor in stage.state_dict().items():
            if not key.startswith("fc."):
                assert torch.equal(begun[name][key], tensor), key
        assert begun[name]["fc.weight"].shape == (2, 8)
    assert not torch.equal(begun["pair-1"]["fc.weight"], begun["pair-2"]["fc.weight"])
    assert not (tmp_path / "volumes").exists()


def test_the_body_is_that_of_its_first_weights() -> None:
    """MedicalNet's ResNet-18 fills shortcuts up with zeroes; r3d_18 has a stem of its own."""
    assert LlscpSettings().body.style.padded
    assert not LlscpSettings(depth=50).body.style.padded
    assert not LlscpSettings(weights="none").body.style.padded
    kinetics = LlscpSettings(weights="kinetics").body
    assert (kinetics.stem, kinetics.style.padded) == (KINETICS_STEM, False)
    assert LlscpSettings().body.channels == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"depth": "34"}, r"unknown depth .* 18 \| 50"),
        ({"weights": "kinetics", "depth": "50"}, "Kinetics' weights are of a ResNet-18"),
        ({"weights": "imagenet"}, r"unknown weights.*medicalnet \| kinetics \| none"),
        ({"size": "16,32,32"}, "volumes are too small.*16 × 32 × 32.*33 or more"),
        ({"grey_range": "400,-1200"}, "grey_range is no range"),
        ({"lung_method": "none"}, "lung"),
        ({"batch_size": "1"}, "batch_size .* too small"),
    ],
)
def test_settings_that_make_no_sense(options: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        LlscpLike.create(options)


def test_a_missing_weight_file_is_found_before_any_scan_is_read(tmp_path: Path) -> None:
    system = LlscpLike.create({"weights": str(tmp_path)})
    assert system.settings.weights == "medicalnet"
    with pytest.raises(ModelError, match=r"weights file missing.*resnet_18_23dataset\.pth"):
        system.before_reading(tmp_path / "model")
    assert list(LlscpLike(TINY).before_reading(tmp_path)) == []


def test_each_choice_stands_on_the_card() -> None:
    lines = " ".join(LlscpLike(TINY).limits)
    assert "16 × 33 × 33 voxels" in lines
    assert "{" not in lines
    assert "started at random" in lines
    assert "MedicalNet's ResNet-50" in " ".join(LlscpLike(LlscpSettings(depth=50)).limits)
    assert len(CLASSES) == 3
