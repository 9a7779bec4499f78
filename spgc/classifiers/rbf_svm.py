"""SVM on features of any size, with probabilities of its own, stored with its training rows.

scikit-learn's `probability=True` fits a sigmoid by a cross-validation of its own, of whose folds a
patient classifier on 200 scans has little; here the decision values go through a softmax.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spgc.classifiers.classifier import Classes, Features, check_finite
from spgc.classifiers.softmax import softmax
from spgc.classifiers.stored import MALFORMED, damaged, read_content
from spgc.classifiers.svm import SVM_SETTINGS
from spgc.errors import ModelError
from spgc.files.json_documents import parse_json
from spgc.files.whole import write_bytes
from spgc.protocol import CLASSES

RBF_SETTINGS: dict[str, Any] = SVM_SETTINGS | {"break_ties": True}
"""With ties broken by the decision values the class is the one of the largest probability."""

LEAST_SCALE = 1e-9
"""Standard deviation below which a feature says nothing and is left as it is."""

_FACTS = "facts"
"""Settings and seed as JSON, in bytes."""


class RbfSvm:
    """Support vector machine with an RBF kernel on standardised features.

    Saved as its training rows: fitting is exact and takes a second, so loading fits again.
    """

    def __init__(self) -> None:
        self._rows: dict[str, Any] = {}
        self._facts: dict[str, Any] = {}
        self._machine: Any = None
        self._mean: Any = None
        self._scale: Any = None

    def fit(self, features: Features, classes: Classes, seed: int, weights: str = "equal") -> None:
        """Every class has to be among `classes`."""
        from sklearn.svm import SVC

        check_finite(features)
        self._rows = {"features": features.astype(np.float32), "classes": classes.astype(np.int64)}
        weighed = "balanced" if weights == "balanced" else None
        settings = RBF_SETTINGS | {"class_weight": weighed}
        self._facts = {"settings": settings, "seed": seed}
        spread = features.std(axis=0, dtype=np.float64)
        self._mean = features.mean(axis=0, dtype=np.float64)
        self._scale = np.where(spread < LEAST_SCALE, 1.0, spread)
        self._machine = SVC(**settings, random_state=seed).fit(self._standard(features), classes)

    def _standard(self, features: Features) -> Any:
        return (features - self._mean) / self._scale

    def predict(self, features: Features) -> tuple[Classes, Features | None]:
        check_finite(features)
        decisions = self._machine.decision_function(self._standard(features))
        return decisions.argmax(axis=1).astype(np.int64), softmax(decisions).astype(np.float32)

    def save(self, path: Path) -> None:
        from safetensors.numpy import save

        facts = json.dumps(self._facts, sort_keys=True).encode()
        write_bytes(path, save(self._rows | {_FACTS: np.frombuffer(facts, np.uint8)}))

    @classmethod
    def load(cls, path: Path, features: int) -> RbfSvm:
        """The classifier that `save` wrote, for `features` features; ModelError if it is not."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            arrays = load(read_content(path))
            rows, classes = _training_rows(arrays, features)
            facts = parse_json(arrays[_FACTS].tobytes())
            weights = "balanced" if facts["settings"]["class_weight"] else "equal"
            classifier = cls()
            classifier.fit(rows, classes, int(facts["seed"]), weights)
            if facts != classifier._facts:
                raise ValueError("settings of another version")
        except (SafetensorError, ModelError, *MALFORMED) as error:
            raise damaged(path, error) from error
        return classifier


def _training_rows(arrays: Mapping[str, Any], features: int) -> tuple[Features, Classes]:
    """Features (N, `features`) and classes (N,) of a stored machine; ValueError if not."""
    rows, classes = arrays["features"], arrays["classes"]
    if rows.shape != (len(classes), features) or rows.dtype != np.float32:
        raise ValueError(f"features of shape {rows.shape} for {len(classes)} scans")
    if classes.dtype != np.int64 or set(classes.tolist()) != set(range(len(CLASSES))):
        raise ValueError("classes that are none, or not all of them")
    return rows, classes
