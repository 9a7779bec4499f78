"""What a training is known by, what it starts from, and what a later run needs of that."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from torch import nn

from spgc.errors import ModelError
from spgc.nets.device import Runtime
from spgc.nets.slices import backbones
from spgc.nets.slices.imagenet import weights_file
from spgc.nets.training import recorder
from spgc.nets.training.checkpoint import stored_facts
from spgc.systems.cnr_iemn.system import CnrIemn
from spgc.systems.cnr_iemn.train_backbones import check_before_training
from tests.nets.training import tiny_training as tiny
from tests.nets.training.test_training import StoppedError, stop_after


@dataclasses.dataclass(frozen=True)
class Published:
    url: str = "https://example.org/tiny-01234567.pth"


CONFIG = dataclasses.replace(tiny.CONFIG, weights="imagenet", epochs=1, decay_after=())

FINAL, DRAFT = "tiny.safetensors", "tiny.progress.safetensors"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with first weights for the tiny network, saved at every step."""
    specs = {**tiny.SPECS, tiny.NAME: backbones.Backbone(tiny.TinyNet, Published(), "fc")}
    tiny.known(monkeypatch)
    monkeypatch.setattr(backbones, "SPECS", specs)
    monkeypatch.setattr(recorder, "SAVE_EVERY", 0.0)
    folder = tmp_path / "weights"
    folder.mkdir()
    put(folder, 0)
    return folder


def put(folder: Path, seed: int) -> None:
    torch.manual_seed(seed)
    torch.save(tiny.TinyNet().state_dict(), folder / "tiny-01234567.pth")


def test_training_starts_from_the_file(files: Path, tmp_path: Path) -> None:
    config = dataclasses.replace(CONFIG, learning_rate=0.0)
    network = tiny.train(tmp_path / "m", config, weights_folder=files)
    convolution = network.features.conv
    assert isinstance(convolution, nn.Conv2d)
    stored = torch.load(weights_file(tiny.NAME, files), weights_only=True)
    assert torch.equal(convolution.weight, stored["conv.weight"])


def test_other_first_weights_are_another_training(files: Path, tmp_path: Path) -> None:
    first = tiny.train(tmp_path / "m", CONFIG, weights_folder=files)
    marks = [stored_facts(tmp_path / "m" / FINAL)["fingerprint"]]
    tiny.train(tmp_path / "m", CONFIG, stop_after(0), weights_folder=files)  # read back
    put(files, 1)
    other = tiny.train(tmp_path / "m", CONFIG, weights_folder=files)
    marks.append(stored_facts(tmp_path / "m" / FINAL)["fingerprint"])
    assert marks[0] != marks[1]
    assert not torch.equal(first.class_head.weight, other.class_head.weight)


def test_what_is_finished_or_begun_needs_no_file_again(files: Path, tmp_path: Path) -> None:
    whole = tiny.train(tmp_path / "whole", CONFIG, weights_folder=files)
    with pytest.raises(StoppedError):
        tiny.train(tmp_path / "m", CONFIG, stop_after(2), weights_folder=files)
    assert (tmp_path / "m" / DRAFT).is_file()
    weights_file(tiny.NAME, files).unlink()
    gone = tiny.train(tmp_path / "m", CONFIG, weights_folder=files)  # goes on
    again = tiny.train(tmp_path / "m", CONFIG, stop_after(0), weights_folder=files)  # read back
    for network in (gone, again):
        assert torch.equal(network.class_head.weight, whole.class_head.weight)
    work = (tiny.scans(range(2)), tiny.samples(tiny.scans(range(2)), CONFIG))
    runtime = Runtime("cpu", weights_folder=files)
    CnrIemn(CONFIG, runtime).before_reading(tmp_path / "m")
    with pytest.raises(ModelError, match="weights file missing"):
        CnrIemn(CONFIG, runtime).before_reading(tmp_path / "new")
    # The scans of `tiny.train` are marked otherwise: other data, so the file is needed after all.
    with pytest.raises(ModelError, match="weights file missing"):
        check_before_training([tiny.NAME], work, CONFIG, runtime, tmp_path / "m")


def test_other_settings_need_the_file(files: Path, tmp_path: Path) -> None:
    tiny.train(tmp_path / "m", CONFIG, weights_folder=files)
    weights_file(tiny.NAME, files).unlink()
    with pytest.raises(ModelError, match="weights file missing"):
        tiny.train(tmp_path / "m", dataclasses.replace(CONFIG, epochs=2), weights_folder=files)
    assert (tmp_path / "m" / FINAL).is_file()


@pytest.mark.parametrize("micro_batch", [2, 4])
def test_another_micro_batch_goes_on_at_the_same_slices(
    micro_batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """28 slices in batches of 8: the last 4 stay a batch of their own, whatever they are cut to."""
    tiny.known(monkeypatch)
    monkeypatch.setattr(recorder, "SAVE_EVERY", 0.0)
    with pytest.raises(StoppedError):
        tiny.train(tmp_path, track=stop_after(5))
    left: list[int] = []

    def count(items, label, total=None):  # type: ignore[no-untyped-def]
        left.append(total or 0)
        yield from items

    tiny.train(tmp_path, track=count, micro_batch=micro_batch)
    assert left == [12 - 5]


def test_old_best_weights_go_with_another_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.known(monkeypatch)
    tiny.train(tmp_path)
    assert (tmp_path / "tiny.best.safetensors").is_file()
    tiny.train(tmp_path, dataclasses.replace(tiny.CONFIG, epochs=1), check=())
    assert not (tmp_path / "tiny.best.safetensors").exists()
