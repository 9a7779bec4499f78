"""Training both stages: three classes on all scans, then COVID-19 against CAP on balanced draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from spgc.contract.scan import LabelledScan, Scan
from spgc.jobs.progress import Track
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.training.start import FirstWeights, final_file
from spgc.nets.volumes.kept_volumes import KeptVolumes
from spgc.nets.volumes.resnet3d import VolumeResNet
from spgc.nets.volumes.volume_augmentation import VolumeChange
from spgc.nets.volumes.volume_samples import (
    BalancedDraws,
    NetworkVolume,
    ScansByNumber,
    VolumeDataset,
    VolumeSample,
    class_samples,
)
from spgc.nets.volumes.volume_training import (
    VolumeRecipe,
    randomly_started,
    train_volumes,
    volume_facts,
)
from spgc.nets.volumes.volume_weights import StageWeights, load_body, load_stage, weights_of
from spgc.systems.llscp_like.llscp_settings import FIRST, PAIR, LlscpSettings

WEIGHT_DECAY = 0.01
"""AdamW's usual one (choice)."""

DEGREES, SCALE, SHIFT_HU, NOISE = 10.0, 0.1, 30.0, 0.01
"""Of the changes of a training volume (choice): turned by up to so many degrees, larger or smaller
by a tenth, brighter or darker by so many HU, noise as a share of the grey range."""


@dataclass(frozen=True)
class StagesWork:
    """What training both stages takes. train, val: in case order; kept: their volumes."""

    train: Sequence[LabelledScan]
    val: Sequence[LabelledScan]
    kept: KeptVolumes
    settings: LlscpSettings
    runtime: Runtime
    folder: Path
    track: Track


def build(settings: LlscpSettings, name: str) -> VolumeResNet:
    """The network called `name` with random weights, from the settings' seed and its place."""
    mean, std = settings.normalisation
    make = partial(VolumeResNet, settings.body, settings.outputs[name], mean=mean, std=std)
    return randomly_started(make, settings.seed + list(settings.outputs).index(name))


def first_weights(settings: LlscpSettings, runtime: Runtime) -> FirstWeights:
    """Where the first stage starts from."""
    return weights_of(settings.weights, settings.body, runtime.weights_folder)


def train_stages(work: StagesWork) -> None:
    """Train all networks, each written to the folder; one that is finished is left as it is.

    One is in memory at a time.
    """
    _first_stage(work)
    processes.meet()  # the second stage starts from the first one's file
    for number, name in enumerate(work.settings.pair_names):
        _pair_network(work, name, number)


def drawn_pairs(
    train: Sequence[LabelledScan], settings: LlscpSettings
) -> list[Sequence[VolumeSample]]:
    """The samples of each network of the second stage: as many COVID-19 as CAP scans.

    All of the smaller class and an even share of the larger: none of its scans a second time before
    all of them have been given out.
    """
    draws = BalancedDraws(class_samples(train, PAIR), settings.seed)
    return [draws(number) for number in range(settings.members)]


def _first_stage(work: StagesWork) -> None:
    def built(read_back: bool) -> VolumeResNet:
        network = build(work.settings, FIRST)
        if not read_back:
            load_body(network, work.settings.weights, work.runtime.weights_folder)
        return network

    samples = class_samples(work.train)
    first, checks = first_weights(work.settings, work.runtime), class_samples(work.val)
    _train(work, FIRST, built, first, samples, checks, work.settings.epochs)


def _pair_network(work: StagesWork, name: str, number: int) -> None:
    start = final_file(work.folder, FIRST)

    def built(read_back: bool) -> VolumeResNet:
        network = build(work.settings, name)
        if not read_back:
            load_stage(network, start)
        return network

    samples = drawn_pairs(work.train, work.settings)[number]
    checks = class_samples(work.val, PAIR)
    epochs = work.settings.pair_epochs
    _train(work, name, built, StageWeights(start), samples, checks, epochs)


def _train(
    work: StagesWork,
    name: str,
    built: Callable[[bool], VolumeResNet],
    first: FirstWeights,
    samples: Sequence[VolumeSample],
    checks: Sequence[VolumeSample],
    epochs: int,
) -> None:
    settings, shape = work.settings, work.kept.spec.shape
    seed = settings.seed + list(settings.outputs).index(name)
    recipe = VolumeRecipe(
        epochs,
        settings.batch_size,
        settings.learning_rate,
        seed,
        weight_decay=WEIGHT_DECAY,
        decoupled=True,
        cosine=True,
    )
    train_volumes(
        name,
        built,
        first,
        VolumeDataset(_numbered(work.train, work.kept), samples, shape, change_of(settings), seed),
        VolumeDataset(_numbered(work.val, work.kept), checks, shape),
        recipe,
        training_facts(work.train, samples, settings),
        work.runtime,
        work.folder,
        work.track,
    )


def change_of(settings: LlscpSettings) -> VolumeChange:
    """How a training volume is changed anew in every epoch."""
    low, high = settings.grey_range
    shift = SHIFT_HU / (high - low)
    return VolumeChange(DEGREES, SCALE, flips=(("x", 0.5),), shift=shift, noise=NOISE)


def training_facts(
    scans: Sequence[LabelledScan], samples: Sequence[VolumeSample], settings: LlscpSettings
) -> Mapping[str, Any]:
    """Everything that decides a training but its first weights, ready for JSON."""
    return {"settings": settings.network_facts(), **volume_facts(scans, samples)}


def _numbered(scans: Sequence[LabelledScan], kept: KeptVolumes) -> ScansByNumber:
    return ScansByNumber([(scan.case_id, scan.scan) for scan in scans], partial(_loaded, kept))


def _loaded(kept: KeptVolumes, case_id: str, scan: Scan, copy: int) -> NetworkVolume:
    """A scan has no further copies: it is changed anew in every epoch."""
    return kept.prepared(case_id, scan).volume
