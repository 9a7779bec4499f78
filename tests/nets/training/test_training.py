"""The loop: stopped training goes on to the same weights; finished training is not repeated."""

import csv
import dataclasses
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import torch
from safetensors.torch import load_file

from spgc.data.layout import Dataset
from spgc.errors import DataError, ModelError
from spgc.nets.device import Runtime
from spgc.nets.training import recorder
from spgc.nets.training.metrics import TIMINGS
from spgc.protocol import CAP
from spgc.runs.scans import Prepared, labelled_scans
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.learnt_slices import first_normals, slice_samples
from spgc.systems.cnr_iemn.system import CnrIemn
from spgc.systems.cnr_iemn.train_backbones import train_backbone
from tests.nets.training import tiny_training as tiny

T = TypeVar("T")

FINAL, BEST, DRAFT = (f"tiny.{e}safetensors" for e in ("", "best.", "progress."))


class StoppedError(Exception):
    pass


def stop_after(steps: int):
    """A progress display that fails after some steps: like a kill, it leaves only what is saved."""

    def track(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        for number, item in enumerate(items):
            if number == steps:
                raise StoppedError
            yield item

    return track


def signal_after(steps: int, name: signal.Signals):
    """A progress display during which a signal comes."""

    def track(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        for number, item in enumerate(items):
            if number == steps:
                signal.raise_signal(name)
            yield item

    return track


@pytest.fixture(autouse=True)
def known_backbones(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.known(monkeypatch)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a training that was never stopped, evaluated every third step as well."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        tiny.known(patch)
        tiny.train(folder, evaluate_every=3)
    return folder


def table(folder: Path) -> list[dict[str, str]]:
    """training.csv without the figures that differ from run to run."""
    with (folder / "training.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{k: v for k, v in row.items() if k not in TIMINGS} for row in rows]


def same(folder: Path, whole: Path) -> None:
    for name in (FINAL, BEST):
        assert (folder / name).read_bytes() == (whole / name).read_bytes(), name
    assert table(folder) == table(whole)
    assert not (folder / DRAFT).exists()


@pytest.mark.parametrize("every", [0.0, 1e9], ids=["saved each step", "never saved"])
def test_kills_change_nothing(
    every: float, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failing at steps all over three epochs of 4 steps: the same bytes and the same table."""
    monkeypatch.setattr(recorder, "SAVE_EVERY", every)
    for steps in (0, 2, 1, 3, 4, 1):
        with pytest.raises(StoppedError):
            tiny.train(tmp_path, track=stop_after(steps), evaluate_every=3)
    tiny.train(tmp_path, evaluate_every=3)
    same(tmp_path, whole)


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_signals_save_first(name: signal.Signals, whole: Path, tmp_path: Path) -> None:
    """The step under way is finished and saved; nothing is lost though no save was due."""
    before = signal.getsignal(name)
    for steps in (1, 5):
        with pytest.raises(KeyboardInterrupt):
            tiny.train(tmp_path, track=signal_after(steps, name), evaluate_every=3)
        assert (tmp_path / DRAFT).is_file()
        assert signal.getsignal(name) == before
    left: list[int] = []

    def count(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        left.append(total or 0)
        yield from items

    tiny.train(tmp_path, track=count, evaluate_every=3)
    assert left == [12 - 2 - 6]
    same(tmp_path, whole)


def test_a_stop_cuts_an_evaluation_short(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C during validation: it is done again when training goes on."""
    from spgc.nets.training import loop

    evaluating = loop.evaluate

    def interrupted(*args: Any) -> dict[str, float] | None:
        signal.raise_signal(signal.SIGINT)
        return evaluating(*args)

    for _ in range(2):
        monkeypatch.setattr(loop, "evaluate", interrupted)
        with pytest.raises(KeyboardInterrupt):
            tiny.train(tmp_path, evaluate_every=3)
        monkeypatch.setattr(loop, "evaluate", evaluating)
        with pytest.raises(KeyboardInterrupt):
            tiny.train(tmp_path, track=signal_after(0, signal.SIGINT), evaluate_every=3)
    tiny.train(tmp_path, evaluate_every=3)
    same(tmp_path, whole)


def test_sigkill(whole: Path, tmp_path: Path) -> None:
    """A real kill of a real process, twice: once early, once later."""
    words = [sys.executable, tiny.__file__, str(tmp_path), "evaluate_every=3", "slow=True"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    for steps in (3, 2):
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment)
        assert process.stdout is not None
        for line in process.stdout:
            if line == f"step {steps}\n":
                process.kill()
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL
    tiny.train(tmp_path, evaluate_every=3)
    same(tmp_path, whole)


def test_neither_loading_nor_threads_change_anything(whole: Path, tmp_path: Path) -> None:
    """Loading in processes; training outside the main thread, where no signal can come."""
    thread = threading.Thread(target=lambda: tiny.train(tmp_path, workers=2, evaluate_every=3))
    thread.start()
    thread.join()
    same(tmp_path, whole)


def test_torchs_settings_come_back(tmp_path: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    tiny.train(tmp_path, deterministic=True)
    assert torch.equal(torch.rand(3), expected)
    assert not torch.are_deterministic_algorithms_enabled()


def test_deterministic_changes_nothing_on_the_cpu(whole: Path, tmp_path: Path) -> None:
    tiny.train(tmp_path, deterministic=True, evaluate_every=3)
    same(tmp_path, whole)


def test_table_and_best(whole: Path) -> None:
    """Every third step and every epoch's end, the start not asked for is there as step 0."""
    rows = table(whole)
    assert [int(row["step"]) for row in rows] == [0, 3, 4, 6, 8, 9, 12]
    assert [int(row["epoch"]) for row in rows] == [0, 1, 1, 2, 2, 3, 3]
    assert rows[0]["train_loss"] == ""
    assert [int(row["train_slices"]) for row in rows[1:]] == [24, 28, 16, 28, 8, 28]
    for row in rows[1:]:
        parts = float(row["train_class_loss"]) + 0.3 * float(row["train_region_loss"])
        assert float(row["train_loss"]) == pytest.approx(parts, abs=2e-6)
        assert 0 <= int(row["train_hits"]) <= int(row["train_slices"])
    hits = [int(row["val_hits"]) for row in rows]
    from spgc.nets.training.checkpoint import load_weights
    from spgc.systems.cnr_iemn.network import build_slice_net

    with pytest.MonkeyPatch.context() as patch:
        tiny.known(patch)
        facts = load_weights(build_slice_net("tiny"), whole / BEST)
    assert int(facts["val_hits"]) == max(hits)
    assert int(facts["step"]) == int(rows[hits.index(max(hits))]["step"])


def test_without_validation_nothing_is_best(tmp_path: Path) -> None:
    tiny.train(tmp_path, check=())
    assert [(row["val_hits"], row["val_slices"]) for row in table(tmp_path)] == [("0", "0")] * 3
    assert (tmp_path / FINAL).is_file()
    assert not (tmp_path / BEST).exists()


def test_other_settings_are_another_training(tmp_path: Path) -> None:
    """Finished training is read back for the same settings only, and its lines do not pile up."""
    first = tiny.train(tmp_path)
    again = tiny.train(tmp_path, track=stop_after(0))
    assert torch.equal(first.class_head.weight.detach(), again.class_head.weight.detach())
    other = dataclasses.replace(tiny.CONFIG, learning_rate=0.5)
    with pytest.raises(StoppedError):
        tiny.train(tmp_path, other, stop_after(0))
    with pytest.raises(StoppedError):
        tiny.train(tmp_path, track=stop_after(0), precision="bf16")
    tiny.train(tmp_path, other)
    assert len(table(tmp_path)) == 3


def test_an_unreadable_slice_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object, index: int) -> None:
        raise DataError("slice is damaged", where="here")

    monkeypatch.setattr(tiny.NoiseScan, "slice", broken)
    with pytest.raises(DataError, match=r"^slice is damaged \[here\]$"):
        tiny.train(tmp_path)


def test_a_real_backbone_resumes_bit_for_bit(
    dataset: Dataset, prepared: Prepared, tiny_config: Config, tmp_path: Path, monkeypatch
) -> None:
    """Inception-v3, which has dropout, on the phantoms' slices; stopped within an epoch."""
    monkeypatch.setattr(recorder, "SAVE_EVERY", 0.0)
    scans = labelled_scans(dataset, prepared, dataset.cases("train"))
    samples = slice_samples(scans, first_normals(scans, 7), tiny_config)[:14]
    work = (scans, samples), (scans, samples[:2]), tiny_config, Runtime("cpu")
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    train_backbone("inception_v3", *work, tmp_path / "whole", tiny.silent)
    with pytest.raises(StoppedError):
        train_backbone("inception_v3", *work, tmp_path / "parts", stop_after(1))
    train_backbone("inception_v3", *work, tmp_path / "parts", tiny.silent)
    one, other = (
        load_file(tmp_path / name / "inception_v3.safetensors") for name in ("whole", "parts")
    )
    assert all(torch.equal(tensor, other[key]) for key, tensor in one.items())


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
