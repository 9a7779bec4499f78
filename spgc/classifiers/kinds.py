"""Patient classifiers by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spgc.classifiers.classifier import Features, PatientClassifier
from spgc.classifiers.svm import SvmClassifier
from spgc.classifiers.xgboost import XGBoostClassifier
from spgc.contract.scan import LabelledScan
from spgc.errors import ModelError
from spgc.protocol import CLASSES

KINDS: dict[str, type[XGBoostClassifier] | type[SvmClassifier]] = {
    "xgboost": XGBoostClassifier,
    "svm": SvmClassifier,
}


def classifier_kind(name: str) -> type[XGBoostClassifier] | type[SvmClassifier]:
    """The classifier called `name`; ModelError lists the known ones."""
    if name not in KINDS:
        raise ModelError("unknown patient classifier", found=repr(name), expected=" | ".join(KINDS))
    return KINDS[name]


def fit_all(
    scans: Sequence[LabelledScan], features: Features, seed: int, weights: str = "equal"
) -> dict[str, PatientClassifier]:
    """Every kind fitted on features (N, F) of labelled scans, by name; see `PatientClassifier`."""
    classes = np.array([CLASSES.index(scan.label) for scan in scans], np.int64)
    trained: dict[str, PatientClassifier] = {kind: make() for kind, make in KINDS.items()}
    for classifier in trained.values():
        classifier.fit(features, classes, seed, weights)
    return trained
