"""Permutation importance: what a classifier loses when a block of features is shuffled.

Works for any classifier. Single features stand in for their neighbours, so whole blocks are
shuffled: all features of a backbone, of a group of slices, or of a class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.classifier import Classes, Features, PatientClassifier
from spgc.files.csv_text import csv_text
from spgc.protocol import CLASSES, GROUPS

REPEATS = 200
"""Shuffles of each block."""

RANGE = (2.5, 97.5)
"""Percentiles of the shuffles that a range spans."""

SMALLEST = 1e-6
"""Least probability of the true class that counts, so that one scan can't decide the loss."""


@dataclass(frozen=True)
class BlockLoss:
    """Loss by shuffling one block; `kind` is "backbone", "group" or "class".

    hits: scans right before minus after, mean over shuffles; log_loss: rise of the mean negative
    log probability of the true class, or None where the classifier gives no probabilities;
    low and high span 95 % of the shuffles (of log_loss, else of hits).
    """

    kind: str
    name: str
    hits: float
    log_loss: float | None
    low: float
    high: float


def shuffle_blocks(
    classifier: PatientClassifier,
    features: Features,
    classes: Classes,
    backbones: Sequence[str],
    seed: int = 0,
) -> list[BlockLoss]:
    """Loss by block for `features: (N, backbones · 60)` with true `classes: (N,)`."""
    base_hits, base_loss = _rate(classifier, features, classes, 1)
    found = []
    for number, (kind, name, columns) in enumerate(_blocks(backbones)):
        generator = np.random.default_rng((seed, number))
        rows = np.tile(features, (REPEATS, 1))
        for repeat in range(REPEATS):
            part = slice(repeat * len(features), (repeat + 1) * len(features))
            order = generator.permutation(len(features))
            rows[part, columns] = features[order][:, columns]
        hits, loss = _rate(classifier, rows, classes, REPEATS)
        lost = base_hits - hits
        rise = None if loss is None or base_loss is None else loss - base_loss
        low, high = np.percentile(lost if rise is None else rise, RANGE)
        mean = None if rise is None else float(rise.mean())
        found.append(BlockLoss(kind, name, float(lost.mean()), mean, float(low), float(high)))
    return found


def _blocks(backbones: Sequence[str]) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Kind, name and columns (F,) of each block."""
    axes = np.indices((len(backbones), GROUPS, len(CLASSES))).reshape(3, -1)
    groups = [str(group + 1) for group in range(GROUPS)]
    kinds = (("backbone", backbones), ("group", groups), ("class", CLASSES))
    for axis, (kind, names) in zip(axes, kinds, strict=True):
        for number, name in enumerate(names):
            yield kind, name, axis == number


def _rate(
    classifier: PatientClassifier, rows: Features, classes: Classes, repeats: int
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Hits and mean log loss of each of `repeats` stacked copies, (repeats,)."""
    truth = np.tile(classes, repeats)
    answers, probabilities = classifier.predict(rows)
    hits = (answers == truth).reshape(repeats, -1).sum(axis=1).astype(np.float64)
    if probabilities is None:
        return hits, None
    given = probabilities[np.arange(len(truth)), truth].astype(np.float64)
    loss = -np.log(np.maximum(given, SMALLEST))
    return hits, loss.reshape(repeats, -1).mean(axis=1)


def block_table(losses: Mapping[str, Sequence[BlockLoss]]) -> str:
    """CSV of losses by classifier."""
    rows = [["classifier", "block", "name", "hits_lost", "log_loss_rise", "low", "high"]]
    for classifier, found in losses.items():
        for loss in found:
            rise = "" if loss.log_loss is None else f"{loss.log_loss:.5f}"
            span = (f"{loss.low:.5f}", f"{loss.high:.5f}")
            rows.append([classifier, loss.kind, loss.name, f"{loss.hits:.4f}", rise, *span])
    return csv_text(rows)
