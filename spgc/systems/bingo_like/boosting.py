"""Boosting over clusters: every round fine-tunes a network on one cluster of each large class.

Round m learns from cluster m of the normal slices, cluster m of the COVID-19 slices and all CAP
slices, drawn by the weights that the rounds before left. It then answers all slices that anything
is learnt from; those that it misses weigh more in the next round (SAMME). A stopped training goes
on within its round: networks, clusters and misses lie in the model folder as they are found.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.clusters import clusters_by_size
from spgc.classifiers.samme import learner_weight, next_weights, weighted_error
from spgc.files.step_results import step_result
from spgc.jobs.progress import Track, silent
from spgc.model.document import file_digest
from spgc.nets.device import Runtime
from spgc.nets.slices.asked_in_training import slice_logits
from spgc.nets.slices.drawn_training import train_on_draws
from spgc.nets.slices.feature_rows import FeatureRows
from spgc.nets.slices.network_training import data_facts
from spgc.nets.slices.samples import Labelled, SliceDataset
from spgc.nets.training.checkpoint import load_weights
from spgc.nets.training.start import final_file
from spgc.protocol import CAP, CLASSES
from spgc.systems.bingo_like.base_network import build, recipe
from spgc.systems.bingo_like.bingo_settings import BASE, BingoSettings

if TYPE_CHECKING:
    from spgc.nets.slices.classifier_network import SliceClassifier

CLUSTERS_FILE = "clusters.json"


@dataclass(frozen=True)
class BoostingRound:
    """A learner with its vote; error: its weighted share of wrong slices, slices: learnt from."""

    network: SliceClassifier
    vote: float
    error: float
    slices: int


@dataclass(frozen=True)
class BoostingWork:
    """What all rounds share: the slices, those that are only looked at, and the base network."""

    learn: Labelled
    check: Labelled
    base: SliceClassifier
    settings: BingoSettings
    runtime: Runtime
    folder: Path
    track: Track = silent

    @property
    def classes(self) -> NDArray[np.int64]:
        """(N,) of the slices that are learnt from."""
        return np.array([sample.label for sample in self.learn[1]], np.int64)

    def features(self) -> NDArray[np.float32]:
        """(N, F) what the base network makes of those slices."""
        return self._rows(BASE, self.base)[:, len(CLASSES) :]

    def missed(self, name: str, network: SliceClassifier) -> NDArray[np.bool_]:
        """(N,) whether the network names another class than the slice has."""
        named = self._rows(name, network)[:, : len(CLASSES)].argmax(axis=1)
        return np.asarray(named != self.classes, np.bool_)

    def _rows(self, name: str, network: SliceClassifier) -> NDArray[np.float32]:
        """(N, 3 + F) logits and features of the slices that are learnt from."""
        spec = self.settings.spec_of((name,))
        data = SliceDataset(*self.learn, spec.size(name), spec)
        rows = FeatureRows(network)
        return slice_logits(rows, data, self.runtime, self.track, f"slices for {name}")

    def facts(self, network: str) -> dict[str, Any]:
        """What an answer of a network for those slices depends on."""
        return {
            "network": file_digest(final_file(self.folder, network)),
            "spec": dataclasses.asdict(self.settings.spec_of((network,))),
        } | data_facts(*self.learn)


def boosted_rounds(work: BoostingWork) -> list[BoostingRound]:
    """All rounds, one after another."""
    clusters = slice_clusters(work)
    count = len(clusters)
    weights = np.full(count, 1.0 / count)
    done = []
    for number, name in enumerate(work.settings.learners):
        chosen = taught(clusters, work.classes, number)
        network = _learner(work, name, chosen, weights[chosen])
        missed = np.zeros(count, bool)
        missed[_misses(work, name, network)] = True
        error = weighted_error(weights, missed)
        # Less than half a slice of error is not believed: such a learner would decide alone.
        vote = learner_weight(error, 0.5 / count)
        weights = next_weights(weights, missed, vote)
        done.append(BoostingRound(network, vote, error, len(chosen)))
    return done


def taught(
    clusters: NDArray[np.int64], classes: NDArray[np.int64], number: int
) -> NDArray[np.int64]:
    """Numbers of the slices that round `number`, 0 for the first, learns from.

    A class of fewer clusters than rounds begins again with its first.
    """
    wanted = np.zeros(len(classes), bool)
    for label in range(len(CLASSES)):
        members = classes == label
        count = clusters[members].max(initial=-1) + 1
        wanted |= members & (clusters == (number % count if count else -1))
    return np.flatnonzero(wanted)


def slice_clusters(work: BoostingWork) -> NDArray[np.int64]:
    """(N,) number of each slice's cluster within its class, 0 for the largest; -1 for CAP."""
    settings = work.settings
    facts = work.facts(BASE) | {"clusters": settings.clusters, "seed": settings.seed}
    found = step_result(work.folder / CLUSTERS_FILE, facts, lambda: _clustered(work).tolist())
    return np.array(found, np.int64)


def _clustered(work: BoostingWork) -> NDArray[np.int64]:
    features, classes = work.features(), work.classes
    clusters = np.full(len(classes), -1, np.int64)
    for label, name in enumerate(CLASSES):
        if name != CAP and len(members := np.flatnonzero(classes == label)):
            clusters[members] = clusters_by_size(
                features[members], work.settings.clusters, work.settings.seed
            )
    return clusters


def _misses(work: BoostingWork, name: str, network: SliceClassifier) -> Sequence[int]:
    """Numbers of the slices that a learner has wrong."""

    def numbers() -> list[int]:
        return [int(n) for n in np.flatnonzero(work.missed(name, network))]

    found: list[int] = step_result(work.folder / f"{name}.json", work.facts(name), numbers)
    return found


def _learner(
    work: BoostingWork, name: str, chosen: NDArray[np.int64], weights: NDArray[np.float64]
) -> SliceClassifier:
    """A network that starts from the base network's weights and learns from the chosen slices."""
    scans, samples = work.learn
    settings = work.settings
    start = final_file(work.folder, BASE)

    def started(_: str) -> SliceClassifier:
        network = build(settings)
        load_weights(network, start)
        return network

    return train_on_draws(
        name,
        settings.backbone,
        started,
        (scans, [samples[number] for number in chosen]),
        weights,
        work.check,
        settings.spec_of((name,)),
        recipe(settings, "none", settings.learner_epochs),
        {"base": file_digest(start)},
        work.runtime,
        work.folder,
        work.track,
    )
