"""A task of another kind in the same loop: regression by SGD, a rate per step, the lowest error.

Nothing of it is CNR-IEMN's: one tensor and one number per item, no class, no position.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.data import default_collate

from spgc.errors import ModelError
from spgc.jobs.progress import Telling, Track, silent
from spgc.nets.device import Runtime
from spgc.nets.training import recorder
from spgc.nets.training.checkpoint import stored_facts
from spgc.nets.training.loop import NetworkTraining, train
from spgc.nets.training.schedule import Plan, Schedule
from spgc.nets.training.start import RandomStart, start_of
from spgc.nets.training.task import Batch, Forward, Item

T = TypeVar("T")

PLAN = Plan(epochs=4, batch_size=6, seed=5)
ITEMS, STEPS = 20, 16


class Points:
    """Items (x, y) with y = 2·x₀ - x₁ and noise that differs between epochs."""

    item_bytes = 8

    def __init__(self, count: int, noise: float) -> None:
        self._count, self._noise = count, noise

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, item: Item) -> Batch:
        generator = torch.Generator().manual_seed(1000 * item[0] + item[1])
        x = torch.randn(2, generator=torch.Generator().manual_seed(item[1]))
        y = 2 * x[0] - x[1] + self._noise * torch.randn((), generator=generator)
        return x, y


class Regression:
    """Mean squared error; an evaluation counts far misses and keeps the lowest error."""

    means = ("absolute_error",)
    counts: Mapping[str, str] = {}
    checks: Mapping[str, str] = {"squared_error": "mean squared error"}
    idle_parameters = False

    def __init__(self, better: str = "lowest") -> None:
        self._better = better
        self.compared: list[tuple[float, float]] = []

    def optimiser(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr=1.0, momentum=0.9, nesterov=True)

    def rate(self, epoch: int, step: int) -> float:
        """Cosine over all steps, not epochs."""
        return 0.05 * (1 + math.cos(math.pi * step / STEPS)) / 2

    def loss(self, network: Forward, batch: Batch) -> tuple[Tensor, Tensor]:
        x, y = batch
        errors = network(x).squeeze(1) - y
        return errors.square().mean(), errors.detach().abs().sum().reshape(1)

    def check(self, network: Forward, batch: Batch) -> Tensor:
        x, y = batch
        return (network(x).squeeze(1) - y).square().sum().reshape(1)

    def better(self, now: Mapping[str, float], best: Mapping[str, float]) -> bool:
        self.compared.append((now["squared_error"], best["squared_error"]))
        return now["squared_error"] < best["squared_error"]

    def progress(self, shown: Mapping[str, float]) -> str:
        return f"off by {shown['absolute_error']:.3f}"


def network() -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))


def run(folder: Path, track: Track = silent, task: Regression | None = None) -> nn.Module:
    folder.mkdir(exist_ok=True)
    net = network()
    training = NetworkTraining(
        "points", task or Regression(), PLAN, Points(ITEMS, 0.1), Points(7, 0.0)
    )
    start = start_of("points", {"made": "up"}, RandomStart(), folder)
    assert start is not None
    train(net, training, start, Runtime("cpu"), folder, track)
    return net


def by_hand() -> nn.Module:
    """The loop that everybody writes, over the same batches."""
    net, data = network(), Points(ITEMS, 0.1)
    optimiser = torch.optim.SGD(net.parameters(), lr=1.0, momentum=0.9, nesterov=True)
    schedule = Schedule(ITEMS, PLAN)
    for step in range(schedule.steps):
        optimiser.param_groups[0]["lr"] = 0.05 * (1 + math.cos(math.pi * step / STEPS)) / 2
        x, y = default_collate([data[item] for item in schedule.share(step, 0)])
        optimiser.zero_grad()
        (net(x).squeeze(1) - y).square().mean().backward()
        optimiser.step()
    return net


def test_it_learns_what_a_plain_loop_learns(tmp_path: Path) -> None:
    found, expected = run(tmp_path).state_dict(), by_hand().state_dict()
    assert all(torch.allclose(found[name], expected[name], atol=1e-6) for name in expected)


def test_the_best_evaluation_is_the_tasks_own(tmp_path: Path) -> None:
    """The weights beside the last ones are those of the lowest error, compared by the task."""
    task = Regression()
    run(tmp_path, task=task)
    with (tmp_path / "training.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    errors = [float(row["val_squared_error"]) for row in rows]
    assert len(errors) == PLAN.epochs
    assert len(task.compared) == PLAN.epochs - 1  # nothing to compare the first with
    kept = stored_facts(tmp_path / "points.best.safetensors")
    assert float(kept["val_squared_error"]) == min(errors)
    assert int(kept["step"]) == int(rows[errors.index(min(errors))]["step"])


def test_the_table_has_the_tasks_columns(tmp_path: Path) -> None:
    said: list[str] = []

    def listen(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        for item in items:
            yield item
            assert isinstance(items, Telling)
            said.append(items.status())

    run(tmp_path, listen)
    assert said[0].startswith("epoch 1/4 · off by ")
    with (tmp_path / "training.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        *("backbone", "epoch", "step", "learning_rate", "train_loss", "train_absolute_error"),
        *("train_slices", "val_squared_error", "val_slices", "slices_per_second", "waiting"),
    ]
    last = [f"{Regression().rate(0, step):g}" for step in (3, 7, 11, 15)]
    assert [row["learning_rate"] for row in rows] == last
    assert {row["train_slices"] for row in rows} == {str(ITEMS)}
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"])


@pytest.mark.parametrize("after", [1, 6, 15])
def test_stopped_anywhere_it_ends_with_the_same_bits(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Momentum is state that has to be saved: SGD's buffers, not Adam's moments."""
    monkeypatch.setattr(recorder, "SAVE_EVERY", 0.0)

    class StoppedError(Exception):
        pass

    def stopping(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        for number, item in enumerate(items):
            if number == after:
                raise StoppedError
            yield item

    run(tmp_path / "whole")
    with pytest.raises(StoppedError):
        run(tmp_path / "parts", stopping)
    assert (tmp_path / "parts" / "points.progress.safetensors").is_file()
    run(tmp_path / "parts")
    for name in ("points.safetensors", "points.best.safetensors"):
        whole, parts = (load_file(tmp_path / part / name) for part in ("whole", "parts"))
        assert all(torch.equal(whole[key], parts[key]) for key in whole)


def test_a_task_that_diverges_is_stopped(tmp_path: Path) -> None:
    class Wild(Regression):
        def rate(self, epoch: int, step: int) -> float:
            return 1e30

    with pytest.raises(ModelError, match="training has diverged"):
        run(tmp_path, task=Wild())
    assert not (tmp_path / "points.safetensors").exists()
