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

from spgc.classifiers.xgboost_json import checked_booster
from spgc.errors import ModelError
from spgc.files.whole import write_bytes, write_text
from spgc.protocol import CLASSES

XGBOOST_SETTINGS: dict[str, Any] = {
    "objective": "multi:softprob",
    "num_class": len(CLASSES),
    "eta": 0.3,
    "gamma": 0.0,
    "max_depth": 6,
    "min_child_weight": 1,
    "max_delta_step": 0,
    "subsample": 1.0,
    "colsample_bytree": 1.0,
    "lambda": 1.0,
    "alpha": 0.0,
    "tree_method": "hist",
    "max_bin": 256,
    "grow_policy": "depthwise",
    # Other than the default, which is the mean class share of the training scans: a fixed start
    # gives the same model for the same features whatever the library's version estimates.
    "base_score": 0.5,
    # Other than the default, all cores: sums of gradients keep one order on every machine.
    "nthread": 1,
}
XGBOOST_ROUNDS = 100

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

MAX_BYTES = 64 << 20
"""Largest patient-*.json that is read; 200 scans give less than 1 MB."""

_MALFORMED = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    MemoryError,
)

Features = NDArray[np.float32]
Classes = NDArray[np.int64]


class PatientClassifier(Protocol):
    """`fit` on (N, F) features and (N,) class indices; probabilities are (N, 3) or None."""

    def fit(
        self, features: Features, classes: Classes, seed: int, weights: str = "equal"
    ) -> None: ...

    def predict(self, features: Features) -> tuple[Classes, Features | None]: ...

    def save(self, path: Path) -> None: ...


class XGBoostClassifier:
    """Gradient-boosted trees (paper, section 3.3.2)."""

    def __init__(self) -> None:
        self._booster: Any = None

    @property
    def booster(self) -> Any:
        """The trained `xgboost.Booster`, for questions about its trees."""
        return self._booster

    def fit(self, features: Features, classes: Classes, seed: int, weights: str = "equal") -> None:
        import xgboost

        check_finite(features)
        settings = XGBOOST_SETTINGS | {"seed": seed}
        data = xgboost.DMatrix(features, label=classes, weight=_scan_weights(classes, weights))
        self._booster = xgboost.train(settings, data, num_boost_round=XGBOOST_ROUNDS)

    def predict(self, features: Features) -> tuple[Classes, Features | None]:
        import xgboost

        check_finite(features)  # XGBoost takes NaN for a missing value and answers all the same
        # nthread does not change the result; the sum over trees has a fixed order.
        probabilities = self._booster.predict(xgboost.DMatrix(features))
        return probabilities.argmax(axis=1).astype(np.int64), probabilities

    def save(self, path: Path) -> None:
        write_bytes(path, bytes(self._booster.save_raw(raw_format="json")))

    @classmethod
    def load(cls, path: Path, features: int) -> XGBoostClassifier:
        """The classifier that `save` wrote, for `features` features; ModelError if it is not."""
        import xgboost

        classifier = cls()
        try:
            content = checked_booster(_content(path), features)
            classifier._booster = xgboost.Booster(model_file=bytearray(content))
            classifier._booster.set_param({"nthread": 1})
            probe = classifier.predict(np.zeros((1, features), np.float32))[1]
        except (*_MALFORMED, xgboost.core.XGBoostError) as error:
            raise _damaged(path, error) from error
        if probe is None or not np.isfinite(probe).all():
            raise _damaged(path, ValueError("answers are no numbers"))
        return classifier


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
            document = json.loads(_content(path))
            weights = "balanced" if document["settings"]["class_weight"] else "equal"
            if document["settings"] != _svm_settings(weights):
                raise ValueError("settings of another version")
            rows, classes = _training_rows(document, features)
            classifier = cls()
            classifier.fit(rows, classes, int(document["seed"]), weights)
        except _MALFORMED as error:
            raise _damaged(path, error) from error
        return classifier


def check_finite(features: Features) -> None:
    """Raise ModelError when features (N, F) hold NaN or infinity, which shares never are."""
    bad = np.argwhere(~np.isfinite(features))
    if len(bad):
        row, column = bad[0]
        raise ModelError(
            "features of a scan are not finite",
            where=f"scan {row + 1} of {len(features)}",
            found=f"{features[row, column]} as feature {column + 1}",
            expected="shares from 0 to 1",
            do="delete the answers beside the slice store and predict again; if they stay, the "
            "networks are damaged: train again",
        )


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


def _scan_weights(classes: Classes, weights: str) -> Features | None:
    """Weight of each scan, (N,): scans / (classes · scans of its class), as scikit-learn has it."""
    if weights != "balanced":
        return None
    counts = np.bincount(classes, minlength=len(CLASSES))
    there = np.count_nonzero(counts)
    return np.asarray(len(classes) / (there * counts[classes]), np.float32)


KINDS: dict[str, type[XGBoostClassifier] | type[SvmClassifier]] = {
    "xgboost": XGBoostClassifier,
    "svm": SvmClassifier,
}


def classifier_kind(name: str) -> type[XGBoostClassifier] | type[SvmClassifier]:
    """The classifier called `name`; ModelError lists the known ones."""
    if name not in KINDS:
        raise ModelError("unknown patient classifier", found=repr(name), expected=" | ".join(KINDS))
    return KINDS[name]


def _content(path: Path) -> bytes:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ValueError(f"{size >> 20} MiB, more than any patient classifier has")
    return path.read_bytes()


def _damaged(path: Path, error: Exception) -> ModelError:
    first = (str(error).strip().splitlines() or [""])[0][:200]
    return ModelError(
        "patient classifier can't be read",
        where=path,
        found=f"{type(error).__name__}: {first}" if first else type(error).__name__,
        expected="the JSON that spgc train wrote",
        do="train again or copy the model folder again",
    )
