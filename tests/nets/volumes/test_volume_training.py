"""A network of whole scans in the training loop: the same bits, read back, and parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from spgc.nets.device import Runtime
from spgc.nets.training.start import RandomStart, final_file
from spgc.nets.volumes import resnet3d
from spgc.nets.volumes.resnet3d import Body, VolumeResNet
from spgc.nets.volumes.volume_samples import ScansByNumber, VolumeDataset, VolumeSample
from spgc.nets.volumes.volume_training import VolumeRecipe, randomly_started, train_volumes

SHAPE = (1, 33, 33, 33)

RECIPE = VolumeRecipe(epochs=2, batch_size=2, learning_rate=1e-3, seed=3, drop=0.2, drop_every=1)


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ResNet-18 of few channels."""
    monkeypatch.setattr(resnet3d, "WIDTHS", (4, 4, 8, 8))


def volume(case_id: str, scan: object, copy: int) -> np.ndarray[Any, np.dtype[np.float16]]:
    bright = int(case_id) % 2
    noise = np.random.default_rng(int(case_id)).random(SHAPE) * 0.1
    return (noise + 0.8 * bright).astype(np.float16)


def data(count: int) -> VolumeDataset:
    nothing: Any = None
    scans = ScansByNumber([(str(number), nothing) for number in range(count)], volume)
    return VolumeDataset(scans, [VolumeSample(n, n % 2) for n in range(count)], SHAPE)


def build(old: bool) -> VolumeResNet:
    return randomly_started(lambda: VolumeResNet(Body(18), 2), 5)


def trained(folder: Path, build: Any = build, **run: Any) -> dict[str, torch.Tensor]:
    folder.mkdir(exist_ok=True)
    runtime = Runtime("cpu", "fp32", workers=0, **run)
    network = train_volumes(
        "net", build, RandomStart(), data(5), data(2), RECIPE, {"data": 5}, runtime, folder
    )
    return network.state_dict()


def test_the_same_training_gives_the_same_bits_and_is_read_back(tmp_path: Path) -> None:
    first, again = trained(tmp_path / "a"), trained(tmp_path / "b")
    assert all(torch.equal(first[name], again[name]) for name in first)
    files = [final_file(tmp_path / name, "net").read_bytes() for name in "ab"]
    assert files[0] == files[1]
    told: list[bool] = []

    def asked(old: bool) -> VolumeResNet:
        told.append(old)
        return build(old)

    back = trained(tmp_path / "a", asked)
    assert told == [True]
    assert all(torch.equal(first[name], back[name]) for name in first)


def test_volumes_go_through_alone(tmp_path: Path) -> None:
    """Each normalised by itself: not the same numbers, but a training all the same."""
    whole, alone = trained(tmp_path / "a"), trained(tmp_path / "b", micro_batch=1)
    assert any(not torch.equal(whole[name], alone[name]) for name in whole)
    assert all(tensor.isfinite().all() for tensor in alone.values())


def test_the_rate_falls_in_steps() -> None:
    recipe = VolumeRecipe(35, 2, 1e-4, 0, drop=0.2, drop_every=15)
    rates = [recipe.rate(epoch, 0) for epoch in (0, 14, 15, 29, 30, 34)]
    assert rates == pytest.approx([1e-4, 1e-4, 2e-5, 2e-5, 4e-6, 4e-6])
