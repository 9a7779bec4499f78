"""Logistic regression as a patient classifier."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spgc.classifiers.classifier import Classes, Features, check_finite
from spgc.classifiers.logistic import LogisticRegression, fit_logistic
from spgc.errors import ModelError

STRENGTH = 1.0
"""scikit-learn's default of C, the inverse of the L2 penalty."""


class LogisticClassifier:
    """`LogisticRegression` with the methods of a `PatientClassifier`."""

    def __init__(self, model: LogisticRegression | None = None) -> None:
        self._model = model

    def fit(self, features: Features, classes: Classes, seed: int, weights: str = "equal") -> None:
        """Every class has to be among `classes`."""
        check_finite(features)
        exact = features.astype(np.float64)
        self._model = fit_logistic(exact, classes, STRENGTH, seed, weights)

    def predict(self, features: Features) -> tuple[Classes, Features | None]:
        if self._model is None:
            raise ModelError("the classifier is not trained")
        check_finite(features)
        rows = [self._model.probabilities(row) for row in features.astype(np.float64)]
        found = np.stack(rows)
        return found.argmax(axis=1).astype(np.int64), found.astype(np.float32)

    def save(self, path: Path) -> None:
        if self._model is None:
            raise ModelError("the classifier is not trained")
        self._model.save(path)

    @classmethod
    def load(cls, path: Path, features: int) -> LogisticClassifier:
        """The classifier that `save` wrote, for `features` features; ModelError if it is not."""
        return cls(LogisticRegression.load(path, features))
