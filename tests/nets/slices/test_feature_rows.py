"""Slices answered with features: every engine, kept answers, and what is refused."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from spgc.errors import ModelError, UsageError
from spgc.files.kept import write_kept
from spgc.nets.device import Runtime
from spgc.nets.engines.contract import Networks
from spgc.nets.engines.int8 import quantise
from spgc.nets.slices.answer_rows import answer_rows
from spgc.nets.slices.feature_rows import FeatureRows
from spgc.nets.slices.predictor import SlicePredictor, predictor
from spgc.nets.slices.spec import SliceSpec
from tests.nets.training.tiny_training import NoiseScan

NAME, WIDTH = "resnet18", 5
SPEC = SliceSpec((NAME,), 32, channels="grey", position_inputs=False)
SCAN = NoiseScan(1, "CAP", 11)


class Pair(nn.Module):
    """Logits and features of the mean grey values of the image's quarters."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.features = nn.Linear(4, WIDTH)
        self.head = nn.Linear(WIDTH, 3)

    def forward(self, images: Tensor, positions: Tensor | None = None) -> tuple[Tensor, Tensor]:
        quarters = nn.functional.avg_pool2d(images[:, 0], 16).flatten(1)
        features = self.features(quarters)
        return self.head(features), features


def slices(features: int = WIDTH, **runtime: object) -> SlicePredictor:
    network = Pair().eval()
    made = FeatureRows(network) if features else Cut(network)
    run = Runtime("cpu", **runtime)  # type: ignore[arg-type]
    return predictor({NAME: made}.__getitem__, SPEC, run, {NAME: "0" * 64}, features=features)


class Cut(nn.Module):
    """The logits of a pair alone, as networks without features answer."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        logits, _ = self.network(images, positions)
        return logits, logits.new_empty(len(logits), 0)


@pytest.mark.parametrize("engine", ["torch", "openvino"])
def test_rows_are_probabilities_and_then_features(engine: str) -> None:
    if engine == "openvino":
        pytest.importorskip("openvino")
    rows = slices(engine=engine).predict("case", SCAN)[NAME]
    hu, mask = SCAN.arrays()
    with torch.inference_mode():
        logits, features = Pair()(torch.from_numpy(SPEC.images(hu, mask, 32)))
    assert rows.shape == (11, 3 + WIDTH)
    np.testing.assert_allclose(rows[:, :3], logits.softmax(1), atol=1e-5)
    np.testing.assert_allclose(rows[:, 3:], features, atol=1e-5)


def test_probabilities_are_those_of_a_network_without_features() -> None:
    plain = slices(0).predict("case", SCAN)[NAME]
    assert plain.shape == (11, 3)
    np.testing.assert_array_equal(slices().predict("case", SCAN)[NAME][:, :3], plain)


def test_changed_pictures_are_answered_with_probabilities_alone() -> None:
    images = np.random.default_rng(0).random((3, 3, 32, 32), dtype=np.float32)
    found = slices().answer_images(NAME, images, (0.5, 0.5))
    assert found.shape == (3, 3)
    np.testing.assert_array_equal(found, slices(0).answer_images(NAME, images, (0.5, 0.5)))


def test_kept_rows_are_whole_and_not_those_of_another_width(tmp_path: Path) -> None:
    first = slices(answers=tmp_path).predict("case", SCAN)[NAME]
    again = slices(answers=tmp_path)
    np.testing.assert_array_equal(again.predict("case", SCAN)[NAME], first)
    assert again.stages.rows() == []
    plain = slices(0, answers=tmp_path)
    assert plain.predict("case", SCAN)[NAME].shape == (11, 3)
    assert plain.remarks == ()
    assert len(list(tmp_path.glob("*.slices"))) == 2


def test_kept_rows_of_another_form_are_made_again(tmp_path: Path) -> None:
    from safetensors.numpy import save

    first = slices(answers=tmp_path).predict("case", SCAN)[NAME]
    (path,) = tmp_path.glob("*.slices")
    write_kept(path, save({NAME: first[:, :-1].copy()}))
    again = slices(answers=tmp_path)
    np.testing.assert_array_equal(again.predict("case", SCAN)[NAME], first)
    assert again.remarks == ("cached predictions were damaged and computed again: case",)


def test_features_that_are_no_numbers_are_refused() -> None:
    outputs = np.ones((2, 3 + WIDTH), np.float32)
    outputs[1, 6] = np.nan
    with pytest.raises(ModelError, match=r"tiny.*1 NaN among 16.*finite numbers"):
        answer_rows("tiny", outputs, 3 + WIDTH)


@pytest.mark.parametrize("shape", [(2, 3), (2, 2), (2,), (2, 3, 3)])
def test_outputs_of_another_width_are_refused(shape: tuple[int, ...]) -> None:
    """A fourth number of a slice network would else be taken for a feature, or left out."""
    with pytest.raises(ModelError, match=r"tiny.*4 numbers for each slice"):
        answer_rows("tiny", np.ones(shape, np.float32), 4)


def test_int8_is_refused(tmp_path: Path) -> None:
    """Only labels are checked in it, and here features are used."""
    pytest.importorskip("openvino")
    networks = Networks({NAME: FeatureRows(Pair())}.__getitem__, {NAME: ""}, {NAME: 32}, tmp_path)
    (tmp_path / "int8.json").write_text("{}")
    with_features = dataclasses.replace(networks, features=WIDTH)
    asked = Runtime("cpu", "int8", engine="openvino")
    with pytest.raises(UsageError, match="int8 can't serve networks whose features are used"):
        SlicePredictor(with_features, SPEC, asked, "").check()
    auto = Runtime("cpu", "auto", engine="openvino")
    assert SlicePredictor(with_features, SPEC, auto, "").choice.precision != "int8"
    with pytest.raises(UsageError, match="features are used"):
        next(quantise(with_features, [], [], tmp_path, {}))
