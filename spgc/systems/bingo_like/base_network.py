"""The first step: which slices are learnt from, and the network whose features are clustered."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from spgc.contract.scan import LabelledScan
from spgc.jobs.progress import Track, silent
from spgc.nets.device import Runtime
from spgc.nets.slices.classifier_network import SliceClassifier
from spgc.nets.slices.drawn_training import Recipe, sure_samples, train_on_draws
from spgc.nets.slices.network_training import built_network
from spgc.nets.slices.samples import Labelled, Sample
from spgc.nets.slices.weighted_draws import balanced_weights
from spgc.protocol import CLASSES, NORMAL
from spgc.systems.bingo_like.bingo_settings import BASE, BingoSettings
from spgc.systems.bingo_like.lung_slices import lung_slices


def learnt_samples(
    scans: Sequence[LabelledScan], least: float, track: Track = silent
) -> list[Sample]:
    """Infected slices of infected scans, and slices of normal ones that show lung.

    Normal slices above and below the lungs would be a cluster of their own that teaches nothing.
    """
    normal = CLASSES.index(NORMAL)
    shown = {
        number: set(lung_slices(scan.scan, least))
        for number, scan in enumerate(track(scans, "lungs of normal scans", len(scans)))
        if scan.label == NORMAL
    }
    return [s for s in sure_samples(scans) if s.label != normal or s.index in shown[s.scan]]


def build(
    settings: BingoSettings, weights: str = "none", folder: Path | None = None
) -> SliceClassifier:
    """A network of these settings; weights and folder as in `built_network`."""
    make = partial(SliceClassifier, settings.backbone, deep=True)
    return built_network(make, settings.backbone, weights, folder, settings.seed)


def train_base(
    learn: Labelled,
    check: Labelled,
    settings: BingoSettings,
    runtime: Runtime,
    folder: Path,
    track: Track = silent,
) -> SliceClassifier:
    """The base network; `check` only tells how each epoch does."""
    return train_on_draws(
        BASE,
        settings.backbone,
        lambda weights: build(settings, weights, runtime.weights_folder),
        learn,
        balanced_weights(learn[1]),
        check,
        settings.spec_of((BASE,)),
        recipe(settings, settings.weights, settings.epochs),
        {},
        runtime,
        folder,
        track,
    )


def recipe(settings: BingoSettings, weights: str, epochs: int) -> Recipe:
    """How a network is trained from `weights`."""
    rate, batch = settings.learning_rate, settings.batch_size
    return Recipe(weights, epochs, rate, batch, settings.seed)
