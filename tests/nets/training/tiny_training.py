"""Training small enough for tests: a network of 3 layers with batch normalisation and dropout.

Run as a script it trains in a process of its own, alone or under torchrun:

    python tiny_training.py FOLDER [name=value ...]      # fields of Config and Runtime
"""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from spgc.contract.scan import LabelledScan
from spgc.jobs.progress import silent
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.slices import backbones
from spgc.nets.slices import sizes as inputs
from spgc.nets.slices.backbones import Backbone
from spgc.nets.slices.samples import Sample
from spgc.nets.training import recorder
from spgc.nets.training.learner import Learner
from spgc.nets.training.task import Batch
from spgc.protocol import CLASSES
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.learnt_slices import slice_samples
from spgc.systems.cnr_iemn.network import SliceNet
from spgc.systems.cnr_iemn.train_backbones import train_backbone

T = TypeVar("T")

NAME = "tiny"

CONFIG = Config(
    backbones=(NAME,),
    weights="none",
    image_size=32,
    epochs=3,
    learning_rate=1e-2,
    decay_after=(2,),
    batch_size=8,
    copies=(2, 1, 0),
    seed=3,
)
"""28 slices an epoch: three batches of 8 and one of 4."""


class TinyNet(nn.Module):
    def __init__(self, weights: None = None) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 5, stride=4)
        self.norm = nn.BatchNorm2d(8)
        self.drop = nn.Dropout(0.3)
        self.fc: nn.Module = nn.Linear(8 * 49, 4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.fc(self.drop(torch.relu(self.norm(self.conv(images))).flatten(1)))


SPECS = MappingProxyType({NAME: Backbone(TinyNet, None, "fc"), **backbones.SPECS})

SIZES = MappingProxyType({NAME: (32, 32), **inputs.SIZES})


def known(patch: pytest.MonkeyPatch) -> None:
    """Make `tiny` a backbone like the others."""
    patch.setattr(backbones, "SPECS", SPECS)
    patch.setattr(inputs, "SIZES", SIZES)


class NoiseScan:
    """Slices of noise, brighter for one class than for the other."""

    spacing = (2.0, 0.7, 0.7)

    def __init__(self, number: int, label: str, slices: int) -> None:
        self.n_slices, self.key = slices, f"{label} {number}"
        random = np.random.default_rng(number)
        level = 400 * CLASSES.index(label) - 900
        self._hu = random.normal(level, 60, (slices, 40, 40)).astype(np.int16)

    def slice(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return self._hu[index], self._hu[index] > -700

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        return self._hu, self._hu > -700


def scans(numbers: Iterable[int]) -> list[LabelledScan]:
    """One scan of each class for each number: 3 slices each, infected but for the first."""
    return [
        LabelledScan(
            f"{name} {n}",
            NoiseScan(n, name, 3),
            name,
            None if name == "Normal" else np.array([0, 1, 1], np.uint8),
            True,
        )
        for n in numbers
        for name in CLASSES
    ]


def samples(of: list[LabelledScan], config: Config) -> list[Sample]:
    return slice_samples(of, frozenset(s.case_id for s in of if s.label == "Normal"), config)


def train(
    folder: Path, config: Config = CONFIG, track=silent, *, check=(7,), **runtime: Any
) -> SliceNet:
    """Train the tiny network; `check` numbers the validation scans, `runtime` are its fields."""
    folder.mkdir(exist_ok=True)
    learn, check = scans(range(2)), scans(check)
    learn[0] = dataclasses.replace(learn[0], infected=np.array([0, 1, 0], np.uint8))
    return train_backbone(
        NAME,
        (learn, samples(learn, config)),
        (check, samples(check, config)),
        config,
        Runtime("cpu", **runtime),
        folder,
        track,
    )


def keeping(path: Path) -> Any:
    """`Learner.gradients` that writes what the first step of all has found."""
    found = Learner.gradients

    def kept(self: Learner, number: int, batch: Batch) -> torch.Tensor:
        sums = found(self, number, batch)
        if number == 0 and processes.is_main() and not path.exists():
            named = self.network.named_parameters()
            save_file({n: p.grad.contiguous() for n, p in named if p.grad is not None}, path)
        return sums

    return kept


def slowly(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """A display that says each step and gives the one who watches time to act."""
    for number, item in enumerate(items):
        sys.stdout.write(f"step {number}\n")
        sys.stdout.flush()
        time.sleep(0.2)
        yield item


if __name__ == "__main__":
    backbones.SPECS, inputs.SIZES = SPECS, SIZES  # type: ignore[misc]
    torch.set_num_threads(1)
    recorder.SAVE_EVERY = 0.0
    given = {name: eval(value) for name, value in (w.split("=") for w in sys.argv[2:])}  # noqa: S307  our own words
    fields = {f.name for f in dataclasses.fields(Config)}
    config = dataclasses.replace(CONFIG, **{n: v for n, v in given.items() if n in fields})
    slow = given.pop("slow", False)
    train(
        Path(sys.argv[1]),
        config,
        slowly if slow else silent,
        **{n: v for n, v in given.items() if n not in fields},
    )
