"""Train one slice network from first weights, or read back what an earlier run finished."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from spgc.contract.scan import LabelledScan
from spgc.jobs.progress import Track, silent
from spgc.nets.device import Runtime
from spgc.nets.slices.imagenet import ImageNetWeights, check_imagenet, load_imagenet
from spgc.nets.slices.packaged_weights import PackagedStart, check_packaged, load_packaged
from spgc.nets.slices.samples import Sample
from spgc.nets.training.loop import NetworkTraining
from spgc.nets.training.start import FirstWeights, RandomStart, anything_left, start_of
from spgc.nets.training.trained import trained_or_read

Network = TypeVar("Network", bound=nn.Module)

WEIGHTS = ("imagenet", "packaged", "none")
"""First weights: ImageNet's as torchvision publishes them, those that a package brings, or a random
start."""


def trained_network(
    build: Callable[[str], Network],
    weights: str,
    backbone: str,
    training: NetworkTraining,
    facts: Mapping[str, Any],
    runtime: Runtime,
    folder: Path,
    track: Track = silent,
    *,
    best: bool = False,
) -> Network:
    """`trained_or_read` for a network of slices.

    build: the network with the weights it is asked for, a name of `WEIGHTS`; weights: those that it
    starts from; backbone: the one that ImageNet's belong to. Raises ModelError for weights that
    can't be had.
    """
    first = first_weights(weights, backbone, runtime)

    def build_for(old: bool) -> Network:
        return build("none" if old else weights)

    return trained_or_read(build_for, first, training, facts, runtime, folder, track, best=best)


def built_network(
    make: Callable[[], Network],
    backbone: str,
    weights: str = "none",
    folder: Path | None = None,
    seed: int = 0,
) -> Network:
    """A network ready to train: what `make` gives from `seed`, in channels-last order.

    Its `features` get ImageNet's weights when `weights` is "imagenet": from `folder`, or from
    torchvision's cache or download when that is None; when it is "packaged" those of a package.
    Raises ModelError and MissingExtraError when they can't be had.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = make()
    features: Any = network.features
    if weights == "imagenet":
        load_imagenet(features, backbone, folder)
    elif weights == "packaged":
        load_packaged(features, backbone)
    return network.to(memory_format=torch.channels_last)


def data_facts(scans: Sequence[LabelledScan], samples: Sequence[Sample]) -> dict[str, Any]:
    """Which slices are learnt from, ready for JSON: a part of `facts` in `trained_network`."""
    return {
        "scans": [(scan.case_id, scan.scan.key) for scan in scans],
        "samples": [(s.scan, s.index, s.label) for s in samples],
    }


def first_weights(weights: str, backbone: str, runtime: Runtime) -> FirstWeights:
    """Where a network's training starts from."""
    if weights == "imagenet":
        return ImageNetWeights(backbone, runtime.weights_folder)
    return PackagedStart(backbone) if weights == "packaged" else RandomStart()


def check_weights_before_reading(
    weights: str, backbones: Mapping[str, str], runtime: Runtime, folder: Path
) -> None:
    """Raise ModelError for weights that can't be had, before any scan is read.

    backbones: by the name of each network. Of a network that `folder` already has something of, the
    scans decide whether it needs them.
    """
    if weights != "none":
        new = {b: None for name, b in backbones.items() if not anything_left(folder, name)}
        _check(weights, list(new), runtime)


def check_weights_before_training(
    weights: str,
    networks: Mapping[str, tuple[str, Mapping[str, Any]]],
    runtime: Runtime,
    folder: Path,
) -> None:
    """Raise ModelError for weights of any network that can't be had, before the first trains.

    networks: backbone and facts of each by its name.
    """
    if weights == "none":
        return
    new: dict[str, None] = {}
    for name, (backbone, facts) in networks.items():
        start = start_of(name, facts, first_weights(weights, backbone, runtime), folder)
        if start is None or not start.old:
            new[backbone] = None
    _check(weights, list(new), runtime)


def _check(weights: str, backbones: Sequence[str], runtime: Runtime) -> None:
    """Raise ModelError or MissingExtraError where weights of a backbone can't be had."""
    if weights == "packaged":
        check_packaged(backbones)
    else:
        check_imagenet(backbones, runtime.weights_folder)
