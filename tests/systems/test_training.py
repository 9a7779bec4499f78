"""The loop: stopped training goes on to the same weights; finished training is not repeated."""

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
import torch

from spgc.data.layout import Dataset
from spgc.errors import DataError, ModelError
from spgc.pipeline import Prepared, labelled_scans
from spgc.protocol import CAP
from spgc.systems.cnr_iemn import train_slices
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.runtime import Runtime
from spgc.systems.cnr_iemn.samples import first_normals, slice_samples
from spgc.systems.cnr_iemn.system import CnrIemn
from spgc.systems.cnr_iemn.train_slices import _order, train_backbone

T = TypeVar("T")


class StoppedError(Exception):
    pass


def stop_after(steps: int):
    """A progress display that interrupts after some steps, as a user would."""

    def track(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        for number, item in enumerate(items):
            if number == steps:
                raise StoppedError
            yield item

    return track


def silent(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    yield from items


def run(dataset: Dataset, prepared: Prepared, config: Config, folder: Path, track=silent):
    scans = labelled_scans(dataset, prepared, dataset.cases("train"))
    samples = slice_samples(scans, first_normals(scans, config.normal_scans), config)
    folder.mkdir(exist_ok=True)
    return train_backbone(
        "resnext50", (scans, samples), (scans, samples[:4]), config, Runtime("cpu"), folder, track
    )


def test_a_stop_changes_nothing(
    dataset: Dataset, prepared: Prepared, tiny_config: Config, tmp_path: Path, monkeypatch
) -> None:
    """Stopped in the second of three epochs and started again: the same weights, bit for bit."""
    monkeypatch.setattr(train_slices, "SAVE_EVERY", 0.0)
    config = dataclasses.replace(tiny_config, epochs=3, copies=(1, 1, 0))
    whole = run(dataset, prepared, config, tmp_path / "whole")
    with pytest.raises(StoppedError):
        run(dataset, prepared, config, tmp_path / "parts", stop_after(8))
    assert (tmp_path / "parts" / "resnext50.progress.safetensors").is_file()
    resumed = run(dataset, prepared, config, tmp_path / "parts")
    for key, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[key]), key
    assert not (tmp_path / "parts" / "resnext50.progress.safetensors").exists()


def test_finished_training_is_read_back(
    dataset: Dataset, prepared: Prepared, tiny_config: Config, tmp_path: Path
) -> None:
    first = run(dataset, prepared, tiny_config, tmp_path)
    again = run(dataset, prepared, tiny_config, tmp_path, stop_after(0))
    assert torch.equal(first.class_head.weight.detach(), again.class_head.weight.detach())
    other = dataclasses.replace(tiny_config, learning_rate=0.5)
    with pytest.raises(StoppedError):
        run(dataset, prepared, other, tmp_path, stop_after(0))


def test_batches_never_hold_one_slice(tiny_config: Config) -> None:
    for count in (2, 8, 9, 17, 40):
        batches = _order(count, tiny_config, 0)
        assert sorted(i for batch in batches for i in batch) == list(range(count))
        assert all(len(batch) > 1 for batch in batches)
    assert _order(40, tiny_config, 0) != _order(40, tiny_config, 1)


def test_learning_rate_follows_the_paper() -> None:
    """0.0001, a tenth of it after 3 epochs and a tenth of that after 6 (section 4.2.4)."""
    config = Config()
    network = torch.nn.Linear(1, 1)
    optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate)
    rates = []
    for epoch in range(config.epochs):
        train_slices._begin_epoch(network, optimiser, config, epoch)  # type: ignore[arg-type]
        rates.append(optimiser.param_groups[0]["lr"])
    assert rates == pytest.approx([1e-4] * 3 + [1e-5] * 3 + [1e-6] * 4)


def test_a_class_without_scans_stops_before_anything_is_written(
    dataset: Dataset, prepared: Prepared, tiny_config: Config, tmp_path: Path
) -> None:
    scans = labelled_scans(dataset, prepared, dataset.cases("train"))
    without = [scan for scan in scans if scan.label != CAP]
    with pytest.raises(DataError, match="nothing to learn CAP from"):
        CnrIemn(tiny_config).fit(without, [], tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_weights_are_not_had_for_the_asking(
    dataset: Dataset, prepared: Prepared, tiny_config: Config, tmp_path: Path
) -> None:
    """ImageNet weights that can't be had stop the run; there is no silent random start."""
    scans = labelled_scans(dataset, prepared, dataset.cases("train"))
    config = dataclasses.replace(tiny_config, weights="imagenet")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ModelError, match="weights file missing"):
        CnrIemn(config, Runtime("cpu", weights_folder=empty)).fit(scans, [], tmp_path / "model")
