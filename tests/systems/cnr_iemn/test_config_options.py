"""Options come as text and are read by the type of the setting that they name."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import pytest

from spgc.contract.system import RunSettings
from spgc.errors import ModelError, UsageError
from spgc.nets.device import Runtime
from spgc.nets.engines import choice as engine_choice
from spgc.nets.engines.int8_folder import FACTS
from spgc.nets.slices.predictor import predictor
from spgc.systems.cnr_iemn.config import DEMO, Config
from spgc.systems.cnr_iemn.config_options import (
    config_from_options,
    no_int8,
    scenario_of,
)
from spgc.systems.cnr_iemn.network import build_slice_net
from spgc.systems.cnr_iemn.system import CnrIemn
from spgc.systems.options import list_options, read_options, split_pairs
from spgc.systems.slice_options import runtime_from


@dataclass(frozen=True)
class Settings:
    count: int = 3
    rate: float = 0.5
    on: bool = False
    word: str = "a"
    size: int | None = None
    pair: tuple[float, float] = (0.0, 1.0)
    several: tuple[int, ...] = (1,)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("count", "12", 12),
        ("rate", "1e-3", 0.001),
        ("on", "Yes", True),
        ("on", "off", False),
        ("word", "x=y", "x=y"),
        ("size", "none", None),
        ("size", "64", 64),
        ("pair", "-1, 2.5", (-1.0, 2.5)),
        ("several", "3,4,5", (3, 4, 5)),
        ("several", "", ()),
    ],
)
def test_read(name: str, text: str, value: object) -> None:
    settings = read_options(Settings(size=1, on=value is False), {name: text}, "x")
    assert getattr(settings, name) == value


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("count", "1.5", "a whole number"),
        ("rate", "nan", "a number"),
        ("rate", "inf", "a number"),
        ("on", "maybe", "true or false"),
        ("size", "big", "a whole number or none"),
        ("pair", "1", "a number, a number"),
        ("several", "1;2", "a whole number, any"),
    ],
)
def test_what_cant_be_read(name: str, text: str, expected: str) -> None:
    with pytest.raises(UsageError, match=f"option {name} of system x.*expected {expected}"):
        read_options(Settings(), {name: text}, "x")


def test_unknown_options_suggest_a_known_one() -> None:
    with pytest.raises(UsageError, match="did you mean 'count'"):
        read_options(Settings(), {"counts": "1"}, "x")
    with pytest.raises(UsageError, match="spgc systems x lists its options"):
        read_options(Settings(), {"zzz": "1"}, "x")


def test_list_of_options() -> None:
    listed = list_options(Settings())
    assert listed["size"] == "a whole number or none; default none"
    assert listed["pair"] == "a number, a number; default 0,1"
    assert listed["on"] == "true or false; default false"


def test_pairs() -> None:
    assert split_pairs(["a=1", "b-c=x=y", "a=1"]) == {"a": "1", "b_c": "x=y"}
    for pairs in (["a"], ["=1"]):
        with pytest.raises(UsageError, match="expected name=value"):
            split_pairs(pairs)
    with pytest.raises(UsageError, match="a given twice: found 1 and 2"):
        split_pairs(["a=1", "a=2"])


def test_every_setting_of_cnr_iemn_is_an_option() -> None:
    config = config_from_options({"copies": "1,2,0", "image_size": "64", "backbones": "resnext50"})
    assert config == Config(copies=(1, 2, 0), image_size=64, backbones=("resnext50",))
    assert config_from_options({"preset": "demo"}) == DEMO


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"preset": "best"}, "unknown preset"),
        ({"epochs": "0"}, "option epochs .* too small"),
        ({"image_size": "8"}, "option image_size .* too small"),
        ({"weights": "coco"}, "unknown weights"),
        ({"backbones": ""}, "option backbones .* found none"),
        ({"backbones": "resnext50,resnext50"}, "option backbones .* one twice"),
        ({"backbones": "resnext50,vgg"}, "option backbones .* unknown one"),
        ({"copies": "-1,0,0"}, "option copies .* too small"),  # would leave the originals out
        ({"decay_after": "-3"}, "option decay_after .* too small"),
        ({"learning_rate": "-0.1"}, "option learning_rate .* too small"),
        ({"learning_rate": "nan"}, "option learning_rate .* can't be read"),
        ({"grey_range": "200,-200"}, "grey_range is no range"),
        ({"lung_method": "by-hand"}, "unknown lung method"),
        ({"lung_method": "none"}, "channels lungs need lung masks"),
    ],
    ids=str,
)
def test_senseless_options_are_refused_before_anything_is_read(
    options: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        config_from_options(options)


def test_grey_channels_need_no_lungs() -> None:
    options = {"lung_method": "none", "channels": "grey"}
    assert config_from_options(options).spec.lung_method == "none"


def test_scenario_is_the_preset_whatever_the_seed() -> None:
    assert scenario_of(dataclasses.replace(DEMO, seed=7)) == "demo"
    assert scenario_of(Config()) == "paper"
    assert scenario_of(Config(epochs=3)) is None


def test_a_slice_never_goes_through_a_network_by_itself() -> None:
    """Volumes may, so the setting knows 1; a system of slices refuses it before scans are read."""
    with pytest.raises(UsageError, match=r"micro_batch is too small.*1.*2 or more"):
        CnrIemn.create({"micro_batch": "1"}, RunSettings("cpu"))
    assert CnrIemn.create({"micro_batch": "2"}, RunSettings("cpu")).run.micro_batch == 2


def test_run_settings_become_cnr_iemns_own() -> None:
    runtime = runtime_from(RunSettings("cpu", "bf16", batch_size=7, workers=2), None, "cnr-iemn")
    assert (runtime.device, runtime.precision) == ("cpu", "bf16")
    assert (runtime.batch_size, runtime.workers) == (7, 2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"engine": "onnx"}, "unknown engine"),
        ({"engine": "openvino", "device": "cpu", "precision": "fp16"}, "fp16"),
        ({"device": "cpu", "precision": "int8"}, "unknown precision"),
    ],
    ids=str,
)
def test_an_engine_that_cannot_answer_is_refused_before_training(
    settings: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        CnrIemn.create({"preset": "demo"}, RunSettings(**settings))  # type: ignore[arg-type]


def test_int8_serves_counts_alone() -> None:
    """int8 networks are checked by their labels: mean probabilities may be anything."""
    assert no_int8(Config()) is None
    refusal = no_int8(Config(features="probabilities"))
    assert isinstance(refusal, UsageError)
    assert "int8 can't serve a model with --features probabilities" in str(refusal)


@pytest.mark.parametrize(("features", "precision"), [("counts", "int8"), ("probabilities", "fp32")])
def test_auto_takes_int8_for_counts_alone(
    features: str, precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_choice, "has", lambda extra: True)
    monkeypatch.setattr(engine_choice, "need", lambda extra: None)
    monkeypatch.setattr(engine_choice, "has_bf16", lambda: False)
    monkeypatch.setattr(engine_choice, "int8_pays", lambda: True)
    (tmp_path / FACTS).write_text("{}")
    config = Config(features=features)
    digests = dict.fromkeys(config.backbones, "0")
    auto, asked = (Runtime("cpu", name, engine="openvino") for name in ("auto", "int8"))
    slices = predictor(build_slice_net, config.spec, auto, digests, tmp_path, no_int8(config))
    assert slices.choice.precision == precision
    with pytest.raises((UsageError, ModelError)) as caught:  # counts: no int8 network is there
        predictor(build_slice_net, config.spec, asked, digests, tmp_path, no_int8(config)).check()
    assert isinstance(caught.value, UsageError) == (features == "probabilities")
