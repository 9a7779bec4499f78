"""The patient classifier: XGBoost as in the paper, SVM as its comparison (Table 5).

Both are stored as JSON, nothing is pickled. The paper gives no settings; these are the libraries'
defaults, written out so that a library's change of mind does not change ours.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spgc.errors import ModelError
from spgc.files import write_bytes, write_text
from spgc.protocol import CLASSES

XGBOOST_SETTINGS: dict[str, Any] = {
    "objective": "multi:softprob",
    "num_class": len(CLASSES),
    "eta": 0.3,
    "max_depth": 6,
    "min_child_weight": 1,
    "subsample": 1.0,
    "colsample_bytree": 1.0,
    "lambda": 1.0,
    "tree_method": "hist",
    # Other than the default, which is the mean class share of the training scans: a fixed start
    # gives the same model for the same features whatever the library's version estimates.
    "base_score": 0.5,
}
XGBOOST_ROUNDS = 100

SVM_SETTINGS: dict[str, Any] = {"kernel": "rbf", "C": 1.0, "gamma": "scale"}

Features = NDArray[np.float32]
Classes = NDArray[np.int64]


class PatientClassifier(Protocol):
    """`fit` on (N, F) features and (N,) class indices; probabilities are (N, 3) or None."""

    def fit(self, features: Features, classes: Classes, seed: int) -> None: ...

    def predict(self, features: Features) -> tuple[Classes, Features | None]: ...

    def save(self, path: Path) -> None: ...


class XGBoostClassifier:
    """Gradient-boosted trees (paper, section 3.3.2)."""

    def __init__(self) -> None:
        self._booster: Any = None

    def fit(self, features: Features, classes: Classes, seed: int) -> None:
        import xgboost

        settings = XGBOOST_SETTINGS | {"seed": seed}
        data = xgboost.DMatrix(features, label=classes)
        self._booster = xgboost.train(settings, data, num_boost_round=XGBOOST_ROUNDS)

    def predict(self, features: Features) -> tuple[Classes, Features | None]:
        import xgboost

        # nthread does not change the result; the sum over trees has a fixed order.
        probabilities = self._booster.predict(xgboost.DMatrix(features))
        return probabilities.argmax(axis=1).astype(np.int64), probabilities

    def save(self, path: Path) -> None:
        write_bytes(path, bytes(self._booster.save_raw(raw_format="json")))

    @classmethod
    def load(cls, path: Path) -> XGBoostClassifier:
        import xgboost

        classifier = cls()
        try:
            # Parsed first: XGBoost would also take its binary form, which is no JSON.
            json.loads(path.read_text(encoding="utf-8"))
            classifier._booster = xgboost.Booster(model_file=str(path))
        except (OSError, ValueError, xgboost.core.XGBoostError) as error:
            raise _damaged(path, error) from error
        return classifier


class SvmClassifier:
    """Support vector machine with an RBF kernel (paper, Table 5).

    Saved as its training features: fitting is exact and takes milliseconds, so loading fits again.
    """

    def __init__(self) -> None:
        self._features: Features = np.empty((0, 0), np.float32)
        self._classes: Classes = np.empty(0, np.int64)
        self._machine: Any = None

    def fit(self, features: Features, classes: Classes, seed: int) -> None:
        from sklearn.svm import SVC

        self._features, self._classes = features, classes
        self._machine = SVC(**SVM_SETTINGS, random_state=seed).fit(features, classes)

    def predict(self, features: Features) -> tuple[Classes, Features | None]:
        return self._machine.predict(features).astype(np.int64), None

    def save(self, path: Path) -> None:
        document = {
            "settings": SVM_SETTINGS,
            "features": [[float(v) for v in row] for row in self._features],
            "classes": [int(c) for c in self._classes],
        }
        write_text(path, json.dumps(document) + "\n")

    @classmethod
    def load(cls, path: Path) -> SvmClassifier:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            features = np.asarray(document["features"], np.float32)
            classes = np.asarray(document["classes"], np.int64)
            classifier = cls()
            classifier.fit(features, classes, seed=0)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _damaged(path, error) from error
        return classifier


KINDS: dict[str, type[XGBoostClassifier] | type[SvmClassifier]] = {
    "xgboost": XGBoostClassifier,
    "svm": SvmClassifier,
}


def classifier_kind(name: str) -> type[XGBoostClassifier] | type[SvmClassifier]:
    """The classifier called `name`; ModelError lists the known ones."""
    if name not in KINDS:
        raise ModelError("unknown patient classifier", found=repr(name), expected=" | ".join(KINDS))
    return KINDS[name]


def _damaged(path: Path, error: Exception) -> ModelError:
    return ModelError(
        "patient classifier can't be read", where=path, found=type(error).__name__,
        expected="the JSON that spgc train wrote", do="train again or copy the model folder again",
    )  # fmt: skip
