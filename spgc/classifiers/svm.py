"""SVM as patient classifier, the comparison of Table 5, stored as JSON with its training rows.

The paper gives no settings; these are scikit-learn's defaults, written out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from spgc.classifiers.classifier import Classes, Features, check_finite
from spgc.classifiers.stored import MALFORMED, damaged, read_content
from spgc.files.json_documents import parse_json
from spgc.files.whole import write_text
from spgc.protocol import CLASSES

SVM_SETTINGS: dict[str, Any] = {
    "kernel": "rbf",
    "C": 1.0,
    "gamma": "scale",
    "tol": 1e-3,
    "shrinking": True,
    "decision_function_shape": "ovr",
    "break_ties": False,
    "class_weight": None,
}


class SvmClassifier:
    """Support vector machine with an RBF kernel (paper, Table 5).

    Saved as its training features: fitting is exact and takes milliseconds, so loading fits again.
    Shares times 100 would give the same answers: `gamma="scale"` divides by the spread.
    """

    def __init__(self) -> None:
        self._document: dict[str, Any] = {}
        self._machine: Any = None

    def fit(self, features: Features, classes: Classes, seed: int, weights: str = "equal") -> None:
        from sklearn.svm import SVC

        check_finite(features)
        settings = _svm_settings(weights)
        self._machine = SVC(**settings, random_state=seed).fit(features, classes)
        self._document = {
            "settings": settings,
            "seed": seed,
            "features": [[float(v) for v in row] for row in features],
            "classes": [int(c) for c in classes],
        }

    def predict(self, features: Features) -> tuple[Classes, Features | None]:
        check_finite(features)
        return self._machine.predict(features).astype(np.int64), None

    def save(self, path: Path) -> None:
        write_text(path, json.dumps(self._document) + "\n")

    @classmethod
    def load(cls, path: Path, features: int) -> SvmClassifier:
        """The classifier that `save` wrote, for `features` features; ModelError if it is not."""
        try:
            document = parse_json(read_content(path))
            weights = "balanced" if document["settings"]["class_weight"] else "equal"
            if document["settings"] != _svm_settings(weights):
                raise ValueError("settings of another version")
            rows, classes = _training_rows(document, features)
            classifier = cls()
            classifier.fit(rows, classes, int(document["seed"]), weights)
        except MALFORMED as error:
            raise damaged(path, error) from error
        return classifier


def _training_rows(document: dict[str, Any], features: int) -> tuple[Features, Classes]:
    """Features (N, `features`) in [0, 1] and classes (N,) of a stored SVM; ValueError if not."""
    rows = np.asarray(document["features"], np.float64)
    if rows.shape != (len(document["classes"]), features):
        raise ValueError(f"features of shape {rows.shape} for {len(document['classes'])} scans")
    if not ((rows >= 0) & (rows <= 1)).all():
        raise ValueError("features outside 0 to 1")
    if not all(type(c) is int and 0 <= c < len(CLASSES) for c in document["classes"]):
        raise ValueError("classes that are none")
    return rows.astype(np.float32), np.asarray(document["classes"], np.int64)


def _svm_settings(weights: str) -> dict[str, Any]:
    return SVM_SETTINGS | {"class_weight": "balanced" if weights == "balanced" else None}
