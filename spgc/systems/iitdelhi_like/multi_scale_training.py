"""Level 1: a multi-scale slice network, trained on sure slices of equally frequent classes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from spgc.contract.scan import LabelledScan
from spgc.jobs.progress import Track, silent
from spgc.nets.device import Runtime
from spgc.nets.slices.drawn_training import Recipe, sure_samples, train_on_draws
from spgc.nets.slices.multi_scale import MultiScaleClassifier
from spgc.nets.slices.network_training import built_network
from spgc.nets.slices.weighted_draws import balanced_weights
from spgc.systems.iitdelhi_like.iitdelhi_settings import IitDelhiSettings


def build(
    settings: IitDelhiSettings, weights: str = "none", folder: Path | None = None
) -> MultiScaleClassifier:
    """The network of these settings; weights and folder as in `built_network`."""
    make = partial(MultiScaleClassifier, settings.backbone, settings.scale_features)
    return built_network(make, settings.backbone, weights, folder, settings.seed)


def train_slices(
    learn: Sequence[LabelledScan],
    check: Sequence[LabelledScan],
    settings: IitDelhiSettings,
    runtime: Runtime,
    folder: Path,
    track: Track = silent,
) -> MultiScaleClassifier:
    """The slice network of `learn`; `check` only tells how each epoch does."""
    samples = sure_samples(learn)
    return train_on_draws(
        settings.backbone,
        settings.backbone,
        lambda weights: build(settings, weights, runtime.weights_folder),
        (learn, samples),
        balanced_weights(samples),
        (check, sure_samples(check)),
        settings.spec,
        recipe(settings),
        {"scale_features": settings.scale_features},
        runtime,
        folder,
        track,
    )


def recipe(settings: IitDelhiSettings) -> Recipe:
    """How the network is trained."""
    return Recipe(
        settings.weights,
        settings.epochs,
        settings.learning_rate,
        settings.batch_size,
        settings.seed,
    )
