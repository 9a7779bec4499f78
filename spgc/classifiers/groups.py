"""Patient features: shares of predicted classes in 20 equal groups of slices (paper, 3.3.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan_parts import middle_of, part_edges
from spgc.errors import ModelError
from spgc.protocol import CLASSES, GROUPS


def group_bounds(count: int, groups: int = GROUPS) -> list[tuple[int, int]]:
    """First and past-the-last slice of each group for a scan of `count` slices.

    Group g covers the g-th twentieth of the scan, so sizes differ by one at most. In a scan with
    fewer slices than groups a group without a slice of its own takes the slice that lies at its
    middle: every group has a share, and 1 slice is enough.
    """
    if count < 1:
        raise ModelError("a scan needs slices", found=f"{count} slices", expected="1 or more")
    bounds = []
    for group, (start, stop) in enumerate(pairwise(part_edges(count, groups))):
        middle = middle_of(group, count, groups)
        bounds.append((start, stop) if start < stop else (middle, middle + 1))
    return bounds


def group_features(labels: NDArray[np.integer]) -> NDArray[np.float32]:
    """Shares of each class per group from predicted classes `labels: (S,)`; (20 · 3,) in [0, 1].

    Order: group 1 (head) COVID-19, CAP, Normal, then group 2, and so on.
    """
    hits = np.eye(len(CLASSES), dtype=np.float32)[labels]
    return _means(hits)


def group_mean_probabilities(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """The named variant: mean `probabilities: (S, 3)` per group instead of counts; (60,)."""
    return _means(probabilities)


def _counted(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    return group_features(probabilities.argmax(axis=1))


FEATURES: Mapping[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = MappingProxyType(
    {"counts": _counted, "probabilities": group_mean_probabilities}
)
"""What a backbone's 60 features are made of; "counts" is the paper's way (section 3.3.2)."""

GROUP_FEATURES = GROUPS * len(CLASSES)
"""Features of a scan per backbone, 60."""


def _means(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    parts = [rows[start:stop].mean(axis=0) for start, stop in group_bounds(len(rows))]
    return np.concatenate(parts).astype(np.float32)


def scan_features(
    probabilities: Mapping[str, NDArray[np.float32]],
    backbones: tuple[str, ...],
    kind: str = "counts",
) -> NDArray[np.float32]:
    """Features of one scan from slice probabilities (S, 3) by backbone; (backbones · 60,).

    `kind` is a key of `FEATURES`. Raises ModelError when it is not.
    """
    if kind not in FEATURES:
        raise ModelError(
            "unknown kind of features", found=repr(kind), expected=" | ".join(FEATURES)
        )
    return np.concatenate([FEATURES[kind](probabilities[b]) for b in backbones])


def feature_names(backbones: tuple[str, ...]) -> list[str]:
    """Names in the order of `scan_features`, such as `resnext50 g01 COVID-19`."""
    return [
        f"{backbone} g{group + 1:02d} {label}"
        for backbone in backbones
        for group in range(GROUPS)
        for label in CLASSES
    ]
