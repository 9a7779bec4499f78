"""Training a slice classifier on samples drawn by weights, each flipped and turned a little."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from spgc.contract.scan import LabelledScan
from spgc.jobs.progress import Track, silent
from spgc.nets.device import Runtime
from spgc.nets.slices.flip_and_turn import flipped_and_turned
from spgc.nets.slices.network_training import data_facts, trained_network
from spgc.nets.slices.samples import Copies, Labelled, Sample, SliceDataset, labelled_slices
from spgc.nets.slices.spec import SliceSpec
from spgc.nets.slices.weighted_draws import WeightedDraws
from spgc.nets.training.class_task import ClassTask
from spgc.nets.training.loop import NetworkTraining
from spgc.nets.training.schedule import Plan
from spgc.protocol import CLASSES

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: by Adam at one rate; weights: a name of `WEIGHTS`."""

    weights: str
    epochs: int
    learning_rate: float
    batch_size: int
    seed: int


def sure_samples(scans: Sequence[LabelledScan]) -> list[Sample]:
    """Infected slices of infected scans, all slices of normal ones.

    Uninfected slices of infected scans are left out: Winter's team, who published both ways, had 56
    of 98 validation scans right with them and 69 without.
    """
    return [
        Sample(number, index, label)
        for number, scan in enumerate(scans)
        for index, label in labelled_slices(scan)
    ]


def train_on_draws(
    name: str,
    backbone: str,
    build: Callable[[str], Network],
    learn: Labelled,
    sample_weights: NDArray[np.float64],
    check: Labelled,
    spec: SliceSpec,
    recipe: Recipe,
    network_facts: Any,
    runtime: Runtime,
    folder: Path,
    track: Track = silent,
) -> Network:
    """The network `name` of `spec`, trained on draws from `learn`; see `trained_network`.

    sample_weights: (N,), one for each sample; check: what each epoch is looked at on, which changes
    nothing; network_facts: what else decides what `build` makes, ready for JSON.
    """
    scans, samples = learn
    size = spec.size(name)
    copies = Copies((0,) * len(CLASSES), flipped_and_turned, recipe.seed, originals=False)
    training = NetworkTraining(
        name,
        ClassTask(partial(_adam, rate=recipe.learning_rate), partial(_same_rate, recipe)),
        Plan(recipe.epochs, recipe.batch_size, recipe.seed),
        SliceDataset(
            scans, WeightedDraws(samples, sample_weights, recipe.seed), size, spec, copies
        ),
        SliceDataset(*check, size, spec),
    )
    facts = drawn_facts(name, learn, sample_weights, spec, recipe, network_facts, runtime.precision)
    return trained_network(build, recipe.weights, backbone, training, facts, runtime, folder, track)


def drawn_facts(
    name: str,
    learn: Labelled,
    sample_weights: NDArray[np.float64],
    spec: SliceSpec,
    recipe: Recipe,
    network_facts: Any,
    precision: str,
) -> dict[str, Any]:
    """Everything that decides such a training but its first weights, ready for JSON."""
    shown = {key: value for key, value in asdict(spec).items() if key != "backbones"}
    facts = {
        "name": name,
        "network": network_facts,
        "spec": shown,
        "recipe": asdict(recipe),
        "precision": precision,
        "sample_weights": hashlib.sha256(sample_weights.tobytes()).hexdigest(),
    }
    return facts | data_facts(*learn)


def _adam(parameters: Any, rate: float) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=rate, fused=True)


def _same_rate(recipe: Recipe, epoch: int, step: int) -> float:
    return recipe.learning_rate
