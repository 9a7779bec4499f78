"""Training UniSheff's network: its copies, its normalisation, its steps of Adam."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import LabelledScan, Scan
from spgc.jobs.progress import Track, silent
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.volumes.kept_volumes import KeptVolumes
from spgc.nets.volumes.residual_blocks import BlockStyle
from spgc.nets.volumes.resnet3d import Body, VolumeResNet
from spgc.nets.volumes.volume_samples import ScansByNumber, VolumeDataset, class_samples
from spgc.nets.volumes.volume_training import (
    VolumeRecipe,
    randomly_started,
    train_volumes,
    volume_facts,
)
from spgc.nets.volumes.volume_weights import load_body, weights_of
from spgc.protocol import CLASSES
from spgc.systems.unisheff.resampling_draws import ScanAsDrawn, learnt_draw
from spgc.systems.unisheff.unisheff_settings import (
    DROP_EVERY,
    DROPOUT,
    RATE_DROP,
    WEIGHT_DECAY,
    UniSheffSettings,
)

Spread = tuple[float, float]
"""Mean and standard deviation of grey values."""


def body_of(settings: UniSheffSettings) -> Body:
    """How the network is built."""
    style = BlockStyle(stride_first=settings.stride == "first")
    return Body(settings.depth, style=style, masks=settings.roi)


def build_network(
    settings: UniSheffSettings,
    weights: str = "none",
    folder: Path | None = None,
    spread: Spread = (0.0, 1.0),
) -> VolumeResNet:
    """The network ready to train; weights, folder: as in `load_body`.

    spread: what volumes are normalised by; it is stored with the weights.
    """
    mean, std = spread

    def make() -> VolumeResNet:
        return VolumeResNet(
            body_of(settings),
            len(CLASSES),
            hidden=settings.hidden,
            dropout=DROPOUT,
            mean=(mean,),
            std=(std,),
        )

    network = randomly_started(make, settings.seed)
    load_body(network, weights, folder)
    return network


@dataclass(frozen=True)
class LearntVolumes:
    """Volumes of scans to learn from: by the number of a copy, each drawn by the scan's key."""

    kept: KeptVolumes
    settings: UniSheffSettings

    def __call__(self, case_id: str, scan: Scan, copy: int) -> NDArray[np.float16]:
        draw = learnt_draw(self.settings.seed, scan.key, copy, self.settings.flip)
        return self.kept.prepared(case_id, ScanAsDrawn(scan, draw)).volume


def checked_volume(kept: KeptVolumes, case_id: str, scan: Scan, copy: int) -> NDArray[np.float16]:
    """A scan as it will be answered from, for validation."""
    return kept.prepared(case_id, scan).volume


def grey_spread(
    scans: Sequence[LabelledScan], volumes: LearntVolumes, track: Track = silent
) -> Spread:
    """Mean and standard deviation over all voxels of all scans, as they are and not their copies.

    This puts every scan on the grid; where volumes are kept they are ready for the training.
    """
    sums, squares, count = 0.0, 0.0, 0
    for scan in track(scans, "scans on the grid", len(scans)):
        grey = volumes(scan.case_id, scan.scan, 0)[0].astype(np.float64)
        sums, squares, count = sums + grey.sum(), squares + np.square(grey).sum(), count + grey.size
    mean = sums / count
    return float(mean), float(np.sqrt(max(squares / count - mean * mean, 0)) or 1.0)


def train_network(
    train: Sequence[LabelledScan],
    val: Sequence[LabelledScan],
    settings: UniSheffSettings,
    kept: KeptVolumes,
    runtime: Runtime,
    folder: Path,
    track: Track = silent,
) -> VolumeResNet:
    """Train the network and write its file into `folder`; see `train_volumes`."""
    volumes = LearntVolumes(kept, settings)
    with processes.main_first():  # one puts scans on the grid, the others read them
        spread = grey_spread(train, volumes, track if processes.is_main() else silent)
    samples = class_samples(train, copies=settings.copies)
    shape = settings.volumes.shape
    learn = VolumeDataset(ScansByNumber(_named(train), volumes), samples, shape)
    checked = ScansByNumber(_named(val), partial(checked_volume, kept))
    facts = {"config": settings.learnt(), "spread": spread, **volume_facts(train, samples)}
    return train_volumes(
        settings.network,
        lambda old: build_network(
            settings, "none" if old else settings.weights, runtime.weights_folder, spread
        ),
        weights_of(settings.weights, body_of(settings), runtime.weights_folder),
        learn,
        VolumeDataset(checked, class_samples(val), shape),
        recipe_of(settings),
        facts,
        runtime,
        folder,
        track,
    )


def recipe_of(settings: UniSheffSettings) -> VolumeRecipe:
    """How the network is trained."""
    return VolumeRecipe(
        settings.epochs,
        settings.batch_size,
        settings.learning_rate,
        settings.seed,
        RATE_DROP,
        DROP_EVERY,
        WEIGHT_DECAY,
    )


def _named(scans: Sequence[LabelledScan]) -> list[tuple[str, Scan]]:
    return [(scan.case_id, scan.scan) for scan in scans]
