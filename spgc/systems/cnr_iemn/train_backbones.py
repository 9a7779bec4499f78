"""Training one backbone of CNR-IEMN on slices (paper, sections 3.3.1 and 4)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from spgc.contract.scan import LabelledScan
from spgc.files.whole import make_folder
from spgc.jobs.progress import Track, silent
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.slices.network_training import (
    check_weights_before_training,
    data_facts,
    trained_network,
)
from spgc.nets.slices.samples import Copies, Labelled, Sample, SliceDataset
from spgc.nets.training.loop import NetworkTraining
from spgc.nets.training.schedule import Plan
from spgc.systems.cnr_iemn.augmentation import augmented
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.network import SliceNet, network_of
from spgc.systems.cnr_iemn.slice_task import CnrIemnTask


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
    """Train `backbone` and write `<backbone>.safetensors` into `folder`; see `trained_network`.

    Finished training of the same data and settings is read back.
    """
    spec, size = config.spec, config.spec.size(backbone)
    training = NetworkTraining(
        backbone,
        CnrIemnTask(config, region_head=config.region_weight > 0),
        plan_of(config),
        SliceDataset(*train, size, spec, copies_of(config)),
        SliceDataset(*val, size, spec),
    )
    build = partial(network_of, backbone, config, folder=runtime.weights_folder)
    facts = training_facts(backbone, *train, config, runtime.precision)
    return trained_network(build, config.weights, backbone, training, facts, runtime, folder, track)


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
    config_facts = {"backbone": backbone, "config": config.slice_stage(), "precision": precision}
    return config_facts | data_facts(scans, samples)


def check_before_training(
    backbones: Sequence[str], train: Labelled, config: Config, runtime: Runtime, folder: Path
) -> None:
    """Raise ModelError for weights of any backbone that can't be had, before the first trains."""
    networks = {
        name: (name, training_facts(name, *train, config, runtime.precision)) for name in backbones
    }
    check_weights_before_training(config.weights, networks, runtime, folder)
