"""Training Winter's slice network (paper, section III)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from spgc.contract.scan import LabelledScan
from spgc.files.whole import make_folder
from spgc.jobs.progress import Track, silent
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.slices.classifier_network import SliceClassifier
from spgc.nets.slices.network_training import (
    built_network,
    check_weights_before_training,
    data_facts,
    trained_network,
)
from spgc.nets.slices.samples import Copies, Labelled, Sample, SliceDataset
from spgc.nets.training.class_task import ClassTask
from spgc.nets.training.loop import NetworkTraining
from spgc.nets.training.schedule import Plan
from spgc.protocol import CLASSES
from spgc.systems.winter.winter_augmentation import augmented
from spgc.systems.winter.winter_settings import DECAY, MOMENTUM, WEIGHT_DECAY, Settings


def build_network(
    settings: Settings, weights: str = "none", folder: Path | None = None
) -> SliceClassifier:
    """The network ready to train; weights and folder as in `built_network`.

    Images are not normalised by ImageNet's mean, whatever the start: theirs were not.
    """
    make = partial(SliceClassifier, settings.backbone, normalised=False)
    return built_network(make, settings.backbone, weights, folder, settings.seed)


def train_slices(
    train: Labelled,
    val: Labelled,
    settings: Settings,
    runtime: Runtime,
    folder: Path,
    track: Track = silent,
) -> nn.Module:
    """Train the network and write `<backbone>.safetensors` into `folder`; see `trained_network`."""
    name, spec = settings.backbone, settings.spec
    facts = training_facts(*train, settings, runtime.precision)
    with processes.main_first():  # one downloads
        check_weights_before_training(settings.weights, {name: (name, facts)}, runtime, folder)
    make_folder(folder)
    size = spec.size(name)
    training = NetworkTraining(
        name,
        ClassTask(partial(_descent, settings), partial(rate, settings)),
        Plan(settings.epochs, settings.batch_size, settings.seed),
        SliceDataset(*train, size, spec, copies_of(settings)),
        SliceDataset(*val, size, spec),
    )
    build = partial(_built, settings, runtime)
    best = settings.checkpoint == "best"
    return trained_network(
        build, settings.weights, name, training, facts, runtime, folder, track, best=best
    )


def rate(settings: Settings, epoch: int, step: int) -> float:
    """0.9 of the rate after each epoch."""
    return settings.learning_rate * DECAY**epoch


def copies_of(settings: Settings) -> Copies:
    """Every slice is changed in every epoch; there are no further copies."""
    return Copies((0,) * len(CLASSES), augmented, settings.seed, originals=False)


def training_facts(
    scans: Sequence[LabelledScan], samples: Sequence[Sample], settings: Settings, precision: str
) -> dict[str, Any]:
    """Everything that decides the training but its first weights, ready for JSON."""
    facts = {"config": settings.slice_stage(), "precision": precision}
    return facts | data_facts(scans, samples)


def _built(settings: Settings, runtime: Runtime, weights: str) -> SliceClassifier:
    return build_network(settings, weights, runtime.weights_folder)


def _descent(settings: Settings, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.SGD(
        parameters, lr=settings.learning_rate, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY
    )
