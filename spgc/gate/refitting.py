"""Refit the patient stage from frozen slice probabilities: features first, then the classifier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.groups import feature_names, scan_features
from spgc.classifiers.kinds import KINDS
from spgc.data.manifests import Case
from spgc.gate.frozen import Frozen, rounded
from spgc.nets.slices.predictor import SliceProbabilities
from spgc.protocol import CLASSES
from spgc.text.shortened import FEW, some

TRAIN = "train"

TOLERANCE = 1e-6
"""Largest difference of a feature that rounding may make: shares of some hundred slices."""


def freeze(
    cases: Iterable[tuple[Case, SliceProbabilities]], made_with: Mapping[str, str]
) -> Frozen:
    """Freeze what slice classifiers said of training and evaluation scans, one scan at least.

    Their order in the features is that of the first scan's probabilities.
    """
    rows: dict[Case, NDArray[np.float32]] = {}
    backbones: tuple[str, ...] = ()
    for case, probabilities in cases:
        backbones = backbones or tuple(probabilities)
        rows[case] = rounded([probabilities[name] for name in backbones])
    by_name = {case.case_id: array for case, array in rows.items()}
    features = np.stack([_features(array, backbones) for array in rows.values()])
    names = tuple(feature_names(backbones))
    return Frozen(tuple(rows), backbones, CLASSES, by_name, features, names, made_with)


def _features(rows: NDArray[np.float32], backbones: tuple[str, ...]) -> NDArray[np.float32]:
    return scan_features({b: rows[:, i] for i, b in enumerate(backbones)}, backbones)


def features_now(frozen: Frozen) -> NDArray[np.float32]:
    """(N, F) features that today's code makes, in the order of `frozen.cases`."""
    return np.stack(
        [_features(frozen.probabilities[c.case_id], frozen.backbones) for c in frozen.cases]
    )


def check_features(frozen: Frozen, features: NDArray[np.float32]) -> Iterator[str]:
    """What differs between today's features and the frozen ones; nothing when all is well.

    Fitting again can't see a change that hits training and evaluation alike, such as groups
    counted from the feet: the frozen features can.
    """
    if tuple(CLASSES) != frozen.classes:
        yield f"classes stand in the order {', '.join(CLASSES)}, were {', '.join(frozen.classes)}"
    names = tuple(feature_names(frozen.backbones))
    if features.shape != frozen.features.shape:
        yield (
            f"a scan has {features.shape[1]} features, were {frozen.features.shape[1]}: "
            "the number of groups, classes or backbones changed"
        )
        return
    if names != frozen.names:
        changed = next(
            i for i, (a, b) in enumerate(zip(names, frozen.names, strict=True)) if a != b
        )
        yield f"feature {changed + 1} is {names[changed]}, was {frozen.names[changed]}"
    apart = np.abs(features - frozen.features).max(axis=1) > TOLERANCE
    if apart.any():
        cases = [c.case_id for c, differs in zip(frozen.cases, apart, strict=True) if differs]
        yield (
            f"features of {len(cases)} of {len(frozen.cases)} scans changed from the same slice "
            f"probabilities: {some(cases, FEW)}"
        )


def refit(
    frozen: Frozen, features: NDArray[np.float32], kind: str = "xgboost", seed: int = 0
) -> dict[str, str]:
    """Fit the patient classifier on the training scans; classes of all others by case ID."""
    training = np.array([case.split == TRAIN for case in frozen.cases])
    classes = np.array([CLASSES.index(case.label or "") for case in frozen.cases], np.int64)
    classifier = KINDS[kind]()
    classifier.fit(features[training], classes[training], seed)
    answers, _ = classifier.predict(features[~training])
    others = [case for case in frozen.cases if case.split != TRAIN]
    return {c.case_id: CLASSES[int(a)] for c, a in zip(others, answers, strict=True)}
