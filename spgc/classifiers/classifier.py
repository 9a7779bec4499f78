"""The contract of patient classifiers: from the features of scans to their classes."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spgc.contract.system import Prediction
from spgc.errors import ModelError
from spgc.protocol import CLASSES

Features = NDArray[np.float32]
Classes = NDArray[np.int64]


class PatientClassifier(Protocol):
    """`fit` on (N, F) features and (N,) class indices; probabilities are (N, 3) or None."""

    def fit(
        self, features: Features, classes: Classes, seed: int, weights: str = "equal"
    ) -> None: ...

    def predict(self, features: Features) -> tuple[Classes, Features | None]: ...

    def save(self, path: Path) -> None: ...


def prediction_of(classifier: PatientClassifier, features: Features) -> Prediction:
    """The class of one scan by its features (F,), with probabilities where there are some."""
    classes, probabilities = classifier.predict(features[None])
    label = CLASSES[int(classes[0])]
    if probabilities is None:
        return Prediction(label)
    covid19, cap, normal = (float(p) for p in probabilities[0])
    return Prediction(label, (covid19, cap, normal))


def check_finite(features: Features) -> None:
    """Raise ModelError when features (N, F) hold NaN or infinity."""
    bad = np.argwhere(~np.isfinite(features))
    if len(bad):
        row, column = bad[0]
        raise ModelError(
            "features of a scan are not finite",
            where=f"scan {row + 1} of {len(features)}",
            found=f"{features[row, column]} as feature {column + 1}",
            expected="finite numbers",
            do="delete the cached predictions in the slice store and predict again; if the error "
            "persists, the "
            "networks are damaged: train again",
        )
