"""Train one network of whole scans, or read back what an earlier run finished."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from math import cos, pi
from pathlib import Path
from typing import Any

import torch
from torch import nn

from spgc.contract.scan import LabelledScan
from spgc.jobs.progress import Track, silent
from spgc.nets.device import Runtime
from spgc.nets.training.loop import NetworkTraining
from spgc.nets.training.schedule import Plan
from spgc.nets.training.start import FirstWeights
from spgc.nets.training.trained import trained_or_read
from spgc.nets.volumes.resnet3d import VolumeResNet
from spgc.nets.volumes.volume_samples import VolumeDataset, VolumeSample
from spgc.nets.volumes.volume_task import VolumeTask


@dataclass(frozen=True)
class VolumeRecipe:
    """How a network is trained: by Adam, whose rate falls in steps; the last epoch is kept.

    drop: factor of the rate after every `drop_every` epochs; weight_decay: of the L2 norm, added to
    the gradient, or, `decoupled`, taken off the weights themselves (AdamW). cosine: the rate also
    falls along half a cosine, towards 0 behind the last epoch.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    drop: float = 1.0
    drop_every: int = 1
    weight_decay: float = 0.0
    decoupled: bool = False
    cosine: bool = False

    def rate(self, epoch: int, step: int) -> float:
        """The learning rate in an epoch, counted from 0."""
        stepped = self.learning_rate * self.drop ** (epoch // self.drop_every)
        return stepped * (1 + cos(pi * epoch / self.epochs)) / 2 if self.cosine else stepped


def train_volumes(
    name: str,
    build: Callable[[bool], VolumeResNet],
    first: FirstWeights,
    learn: VolumeDataset,
    check: VolumeDataset,
    recipe: VolumeRecipe,
    facts: Mapping[str, Any],
    runtime: Runtime,
    folder: Path,
    track: Track = silent,
) -> VolumeResNet:
    """The network `name` trained on `learn`; `folder` gets its file: see `trained_or_read`.

    build: the network, with its first weights unless it is told that weights are read back; check:
    what each epoch is looked at on, which changes nothing; facts: what else than recipe, name,
    precision and first weights decides the result, ready for JSON.
    """
    training = NetworkTraining(
        name,
        VolumeTask(partial(_adam, recipe), recipe.rate),
        Plan(recipe.epochs, recipe.batch_size, recipe.seed, alone=True),
        learn,
        check,
    )
    known = {"name": name, "recipe": asdict(recipe), "precision": runtime.precision, **facts}
    return trained_or_read(build, first, training, known, runtime, folder, track)


def randomly_started(make: Callable[[], VolumeResNet], seed: int) -> VolumeResNet:
    """What `make` gives from `seed`, channels last; torch's own random numbers stay untouched."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = make()
    return network.to(memory_format=torch.channels_last_3d)


def volume_facts(scans: Sequence[LabelledScan], samples: Sequence[VolumeSample]) -> dict[str, Any]:
    """Which scans are learnt from, ready for JSON: a part of `facts` in `train_volumes`."""
    return {
        "scans": [(scan.case_id, scan.scan.key) for scan in scans],
        "samples": [(s.scan, s.label, s.copy) for s in samples],
    }


def _adam(recipe: VolumeRecipe, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    rate, decay = recipe.learning_rate, recipe.weight_decay
    kind = torch.optim.AdamW if recipe.decoupled else torch.optim.Adam
    return kind(parameters, lr=rate, weight_decay=decay, fused=True)
