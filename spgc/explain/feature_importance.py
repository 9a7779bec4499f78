"""Feature importance of the XGBoost patient classifier: gain of its splits, and contributions.

Gain is how much all splits on a feature lowered the training loss together. Contributions are exact
SHAP values of the trees (Lundberg et al., Nature Machine Intelligence 2020, 2, 56), which XGBoost
computes itself: how far a feature moved each scan's answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.classifier import Features
from spgc.classifiers.groups import feature_names
from spgc.classifiers.xgboost import XGBoostClassifier
from spgc.files.csv_text import csv_text
from spgc.protocol import CLASSES, GROUPS

FIFTHS = ("1-4 (head)", "5-8", "9-12", "13-16", "17-20 (feet)")
"""Groups of slices, four at a time."""

Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Importance:
    """Importance of every feature; each array adds up to 1, or is all 0 if no tree splits.

    gain, contributions: (B, 20, 3) by backbone, group from head to feet, class of the share;
    by_answer: (3, B, 20, 3), contributions to each answer, adding up to `contributions`;
    scans: number of scans that the contributions are means of.
    """

    backbones: tuple[str, ...]
    gain: Shares
    contributions: Shares
    by_answer: Shares
    scans: int

    def top(self, count: int = 10) -> list[tuple[int, int, int]]:
        """Backbone, group and class number of the features with the largest contributions."""
        order = np.argsort(-self.contributions, axis=None, kind="stable")[:count]
        places = np.unravel_index(order, self.contributions.shape)
        return [(int(b), int(g), int(c)) for b, g, c in zip(*places, strict=True)]

    def parts(self) -> dict[str, dict[str, float]]:
        """Contributions by backbone, by fifth of the scan from head to feet, and by class."""
        fifths = self.contributions.sum(axis=(0, 2)).reshape(len(FIFTHS), -1).sum(axis=1)
        sums = {
            "backbone": (self.backbones, self.contributions.sum(axis=(1, 2))),
            "groups": (FIFTHS, fifths),
            "class": (CLASSES, self.contributions.sum(axis=(0, 1))),
        }
        return {
            kind: dict(zip(names, v.tolist(), strict=True)) for kind, (names, v) in sums.items()
        }

    def table(self) -> str:
        """CSV with one row per feature, in the order of the features."""
        answers = [f"contribution_to_{name}" for name in CLASSES]
        rows = [["feature", "backbone", "group", "class", "contribution", *answers, "gain"]]
        names = iter(feature_names(self.backbones))
        for place in np.ndindex(*self.gain.shape):
            backbone, group, label = place
            values = [self.contributions[place], *self.by_answer[:, *place], self.gain[place]]
            facts = [next(names), self.backbones[backbone], str(group + 1), CLASSES[label]]
            rows.append([*facts, *(f"{value:.6f}" for value in values)])
        return csv_text(rows)


def importance(
    classifier: XGBoostClassifier, features: Features, backbones: Sequence[str]
) -> Importance:
    """Importance for `features: (N, backbones · 60)`, N at least 1."""
    shape = (len(backbones), GROUPS, len(CLASSES))
    parts = np.abs(contributions(classifier, features)[:, :, :-1]).mean(axis=0)
    by_answer = _shares(parts).reshape(len(CLASSES), *shape)
    return Importance(
        tuple(backbones),
        _shares(_gain(classifier.booster, features.shape[1])).reshape(shape),
        by_answer.sum(axis=0),
        by_answer,
        len(features),
    )


def contributions(classifier: XGBoostClassifier, features: Features) -> Shares:
    """Exact SHAP values (N, 3, F + 1) in log-odds; the last column is what all scans share.

    Over features they add up to the score of each answer. What a feature adds to all three scores
    alike changes no probability and is taken out, so each feature's three values add up to 0.
    """
    import xgboost

    raw = classifier.booster.predict(xgboost.DMatrix(features), pred_contribs=True)
    values = np.asarray(raw, np.float64)
    return np.asarray(values - values.mean(axis=1, keepdims=True))


def _gain(booster: Any, count: int) -> Shares:
    gain = np.zeros(count)
    for name, value in booster.get_score(importance_type="total_gain").items():
        gain[int(name.removeprefix("f"))] = value
    return gain


def _shares(values: Shares) -> Shares:
    total = values.sum()
    return values / total if total > 0 else values
