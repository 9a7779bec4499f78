"""Training one backbone of CNR-IEMN on slices (paper, sections 3.3.1 and 4)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spgc.contract.scan import LabelledScan
from spgc.files.whole import make_folder
from spgc.jobs.progress import Track, silent
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.slices.imagenet import ImageNetWeights, check_imagenet
from spgc.nets.slices.samples import Copies, Sample, SliceDataset
from spgc.nets.training.checkpoint import load_weights
from spgc.nets.training.loop import NetworkTraining
from spgc.nets.training.loop import train as train_network
from spgc.nets.training.schedule import Plan
from spgc.nets.training.start import (
    FirstWeights,
    RandomStart,
    anything_left,
    final_file,
    start_of,
    start_with_weights,
)
from spgc.systems.cnr_iemn.augmentation import augmented
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.network import SliceNet, network_of
from spgc.systems.cnr_iemn.slice_task import CnrIemnTask

Labelled = tuple[Sequence[LabelledScan], Sequence[Sample]]
"""Scans, and the labelled slices in them."""


def train_backbones(
    train: Labelled,
    val: Labelled,
    config: Config,
    runtime: Runtime,
    folder: Path,
    track: Track = silent,
) -> dict[str, SliceNet]:
    """Train every backbone of `config` once all can have their weights; see `train_backbone`."""
    with processes.main_first():  # one downloads
        check_before_training(config.backbones, train, config, runtime, folder)
    make_folder(folder)
    return {
        name: train_backbone(name, train, val, config, runtime, folder, track)
        for name in config.backbones
    }


def train_backbone(
    backbone: str,
    train: Labelled,
    val: Labelled,
    config: Config,
    runtime: Runtime,
    folder: Path,
    track: Track = silent,
) -> SliceNet:
    """Train `backbone` and write `<backbone>.safetensors` into `folder`, as `train_network` does.

    Finished training of the same data and settings is read back.
    """
    device = runtime.torch_device()
    processes.join(device)
    facts = training_facts(backbone, *train, config, runtime.precision)
    start = start_with_weights(backbone, facts, first_weights(backbone, config, runtime), folder)
    weights = "none" if start.old else config.weights  # old: they are read back
    network = network_of(backbone, config, weights, runtime.weights_folder)
    if start.finished:
        load_weights(network, final_file(folder, backbone))
        return network.to(device)
    processes.joint_batch_norm(network.to(device), device)
    spec, size = config.spec, config.spec.size(backbone)
    training = NetworkTraining(
        backbone,
        CnrIemnTask(config, region_head=network.region_head is not None),
        plan_of(config),
        SliceDataset(*train, size, spec, copies_of(config)),
        SliceDataset(*val, size, spec),
    )
    train_network(network, training, start, runtime, folder, track)
    return network


def plan_of(config: Config) -> Plan:
    """Epochs, batches and seed of a configuration."""
    return Plan(config.epochs, config.batch_size, config.seed)


def copies_of(config: Config) -> Copies:
    """The augmented copies of a configuration."""
    return Copies(config.copies, augmented, config.seed)


def training_facts(
    backbone: str,
    scans: Sequence[LabelledScan],
    samples: Sequence[Sample],
    config: Config,
    precision: str = "fp32",
) -> dict[str, Any]:
    """Everything that decides a backbone's training but its first weights, ready for JSON."""
    return {
        "backbone": backbone,
        "config": config.slice_stage(),
        "scans": [(scan.case_id, scan.scan.key) for scan in scans],
        "samples": [(s.scan, s.index, s.label) for s in samples],
        "precision": precision,
    }


def first_weights(backbone: str, config: Config, runtime: Runtime) -> FirstWeights:
    """Where a backbone's training starts from."""
    if config.weights != "imagenet":
        return RandomStart()
    return ImageNetWeights(backbone, runtime.weights_folder)


def check_before_reading(config: Config, runtime: Runtime, folder: Path) -> None:
    """Raise ModelError for weights that can't be had, before any scan is read.

    Of a backbone that `folder` already has something of, the scans decide whether it needs them.
    """
    if config.weights == "imagenet":
        new = [name for name in config.backbones if not anything_left(folder, name)]
        check_imagenet(new, runtime.weights_folder)


def check_before_training(
    backbones: Sequence[str], train: Labelled, config: Config, runtime: Runtime, folder: Path
) -> None:
    """Raise ModelError for weights of any backbone that can't be had, before the first trains."""
    if config.weights != "imagenet":
        return
    new = []
    for name in backbones:
        facts = training_facts(name, *train, config, runtime.precision)
        start = start_of(name, facts, first_weights(name, config, runtime), folder)
        if start is None or not start.old:
            new.append(name)
    check_imagenet(new, runtime.weights_folder)
