"""The whole system: model folder, predictions that depend on nothing but model and scan."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load

from spgc.data.layout import Dataset
from spgc.errors import ModelError, UsageError
from spgc.files.kept import read_kept
from spgc.nets.device import Runtime
from spgc.runs.scans import Prepared
from spgc.systems.cnr_iemn.config import BACKBONES, Config, config_from
from spgc.systems.cnr_iemn.system import CnrIemn


def answers(model: Path, prepared: Prepared, names: list[str], **options: object):
    system = CnrIemn.load(model, Runtime("cpu", **options))  # type: ignore[arg-type]
    return system.predict([(name, prepared.scans[name]) for name in names])


def test_model_folder(model: Path) -> None:
    card = json.loads((model / "model.json").read_text())
    assert card["synthetic"] is True
    assert card["purpose"] == "Research software. Not for diagnosis."
    assert card["trained_on"]["scans"] == {"COVID-19": 2, "CAP": 2, "Normal": 2}
    assert set(card["files"]) == {f"{b}.safetensors" for b in BACKBONES} | {
        "training-features.csv",
        "patient-xgboost.json",
        "patient-svm.json",
    }
    assert str(model) not in (model / "model.json").read_text()
    lines = (model / "training.csv").read_text().splitlines()
    assert len(lines) == 1 + len(BACKBONES)


def test_answers_depend_on_neither_order_nor_batch_nor_memory(
    model: Path, prepared: Prepared, tmp_path: Path
) -> None:
    names = sorted(prepared.scans)[:4]
    whole = answers(model, prepared, names)
    assert set(whole) == set(names)
    small = answers(model, prepared, names[::-1], batch_size=2)
    kept = answers(model, prepared, names, answers=tmp_path)
    read = answers(model, prepared, names, answers=tmp_path)
    for name in names:
        assert whole[name].label == small[name].label
        assert whole[name] == kept[name] == read[name]
        assert sum(whole[name].probabilities or ()) == pytest.approx(1, abs=1e-5)
    assert len(list(tmp_path.iterdir())) == len(names)


def test_damaged_memory_of_a_scan_is_answered_again(
    model: Path, prepared: Prepared, tmp_path: Path
) -> None:
    name = sorted(prepared.scans)[0]
    first = answers(model, prepared, [name], answers=tmp_path)
    kept = next(tmp_path.iterdir())
    content = read_kept(kept)
    assert content is not None
    assert load(content)["resnext50"].shape == (prepared.scans[name].n_slices, 3)
    whole = kept.read_bytes()
    for damaged in (whole[:50], whole[:-40] + bytes(40)):  # a power cut leaves zeroes
        kept.write_bytes(damaged)
        system = CnrIemn.load(model, Runtime("cpu", answers=tmp_path))
        assert system.predict([(name, prepared.scans[name])]) == first
        assert system.run_remarks() == (
            f"cached predictions were damaged and computed again: {name}",
        )
        assert kept.read_bytes() == whole


def test_answers_are_kept_for_a_case_with_a_long_name(
    model: Path, prepared: Prepared, tmp_path: Path
) -> None:
    scan = prepared.scans[sorted(prepared.scans)[0]]
    case = "x" * 210
    system = CnrIemn.load(model, Runtime("cpu", answers=tmp_path))
    first = system.predict([(case, scan)])
    assert len(list(tmp_path.iterdir())) == 1
    assert system.run_remarks() == ()
    assert CnrIemn.load(model, Runtime("cpu", answers=tmp_path)).predict([(case, scan)]) == first


def copy_of(model: Path, place: Path) -> Path:
    """A copy whose large files are links: tests change one file at a time."""
    place.mkdir()
    for path in model.iterdir():
        if path.suffix == ".safetensors":
            (place / path.name).symlink_to(path)
        else:
            shutil.copy(path, place / path.name)
    return place


def test_no_model_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model folder"):
        CnrIemn.load(tmp_path / "nothing")
    with pytest.raises(ModelError, match=r"not a model folder.*found no model\.json"):
        CnrIemn.load(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1, "files": {}, "config": {"a": 1}}'])
def test_damaged_card(model: Path, text: str, tmp_path: Path) -> None:
    folder = copy_of(model, tmp_path / "m")
    (folder / "model.json").write_text(text)
    with pytest.raises(ModelError, match=r"model\.json"):
        CnrIemn.load(folder)


def test_changed_and_missing_files(model: Path, tmp_path: Path) -> None:
    folder = copy_of(model, tmp_path / "m")
    (folder / "patient-svm.json").write_text("{}")
    with pytest.raises(ModelError, match="has changed since training"):
        CnrIemn.load(folder)
    (folder / "patient-svm.json").unlink()
    with pytest.raises(ModelError, match="lacks a file"):
        CnrIemn.load(folder)


def test_a_card_that_points_outside_its_folder(model: Path, tmp_path: Path) -> None:
    folder = copy_of(model, tmp_path / "m")
    card = json.loads((folder / "model.json").read_text())
    card["files"] = {"../secret": "0"}
    (folder / "model.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="outside its folder"):
        CnrIemn.load(folder)


def test_configuration_survives_json() -> None:
    config = Config(epochs=3, image_size=64)
    assert config_from(json.loads(json.dumps(config.as_dict())), "here") == config
    with pytest.raises(ModelError, match="epochs is of the wrong kind"):
        config_from({"epochs": "ten"}, "here")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("image_size", "64"),
        ("backbones", [1]),
        ("copies", [1, 2]),
        ("grey_range", [1, None]),
        ("decay_after", ["3"]),
        ("epochs", True),
        ("seed", 1.5),
        ("learning_rate", float("nan")),
    ],
)
def test_a_configuration_of_the_wrong_kind(name: str, value: Any) -> None:
    with pytest.raises(ModelError, match=f"{name} is of the wrong kind"):
        config_from({name: value}, "here")


def test_older_and_newer_configurations() -> None:
    """A field that an older spgc did not write is what it did; an unknown one is refused."""
    older = Config().as_dict()
    del older["channels"], older["position_inputs"]
    assert config_from(older, "here") == Config()
    with pytest.raises(ModelError, match="unknown fields"):
        config_from(older | {"flip": 0.2}, "here")
    with pytest.raises(ModelError, match=r"unknown channels.*lungs \| grey"):
        config_from(older | {"channels": "colour"}, "here")


def test_an_untrained_system_says_so(dataset: Dataset, prepared: Prepared) -> None:
    with pytest.raises(ModelError, match="not trained"):
        CnrIemn().predict(list(prepared.scans.items())[:1])


def test_unknown_device() -> None:
    with pytest.raises(UsageError, match=r"auto \| cpu"):
        Runtime("tpu").torch_device()
