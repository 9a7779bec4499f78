"""Logistic regression on features of any size, kept as plain numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.softmax import softmax
from spgc.errors import DataError, ModelError
from spgc.files.json_documents import read_json
from spgc.files.whole import write_text
from spgc.protocol import CLASSES

Float64 = NDArray[np.float64]

FILE = "logistic.json"

REACH = 5.0
"""Standard deviations from the training mean at which a number stops counting: a scan unlike all
that was learnt from (another scanner, a phantom) is not answered with endless certainty."""

_ARRAYS = ("mean", "scale", "weights", "offsets")


@dataclass(frozen=True)
class LogisticRegression:
    """Fitted by scikit-learn, answered without it.

    mean, scale: (F,) of the training features; weights: (3, F); offsets: (3,), in `CLASSES` order.
    """

    mean: Float64
    scale: Float64
    weights: Float64
    offsets: Float64

    def probabilities(self, features: Float64) -> Float64:
        """(F,) features to (3,) probabilities; a scan without lung, all NaN, counts as the mean.

        Raises DataError when only some features are NaN, or one is infinite.
        """
        check_finite(features[None])
        with np.errstate(over="ignore", invalid="ignore"):  # a damaged model's; NaN is refused
            standard = np.nan_to_num((features - self.mean) / self.scale).clip(-REACH, REACH)
            return softmax(self.weights @ standard + self.offsets)

    def save(self, path: Path) -> None:
        """Write the numbers as JSON, exactly."""
        document = {name: getattr(self, name).tolist() for name in _ARRAYS}
        write_text(path, json.dumps(document) + "\n")

    @classmethod
    def load(cls, path: Path, width: int) -> LogisticRegression:
        """Of `width` features. Raises ModelError when the file is not what `save` wrote."""
        try:
            document = read_json(path)
            arrays = {name: np.asarray(document[name], np.float64) for name in _ARRAYS}
            if arrays["mean"].shape != (width,):
                raise ValueError(f"{arrays['mean'].size} features instead of {width}")
            shapes = ((width,), (width,), (len(CLASSES), width), (len(CLASSES),))
            if tuple(array.shape for array in arrays.values()) != shapes:
                raise ValueError("arrays of the wrong shape")
            if not all(np.isfinite(array).all() for array in arrays.values()):
                raise ValueError("numbers that are not finite")
            if not (arrays["scale"] > 0).all():
                raise ValueError("a scale that is not above 0")
        except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
            raise ModelError(
                "logistic regression can't be read",
                where=path,
                found=str(error),
                expected="the JSON that spgc train wrote",
                do="train again",
            ) from error
        return cls(**arrays)


def check_finite(features: Float64) -> None:
    """Raise DataError for rows (N, F) that are neither finite nor NaN throughout (no lung)."""
    wrong = ~np.isfinite(features).all(axis=1) & ~np.isnan(features).all(axis=1)
    if wrong.any():
        number = int(np.flatnonzero(wrong)[0])
        broken = int((~np.isfinite(features[number])).sum())
        raise DataError(
            "features of a scan are not finite",
            where=f"scan {number + 1} of {len(features)}",
            found=f"{broken} of {features.shape[1]} numbers",
            expected="finite numbers",
            do="delete the cached predictions in the slice store and try again",
        )


def fit_logistic(
    features: Float64,
    classes: NDArray[np.int64],
    strength: float,
    seed: int,
    weights: str = "equal",
) -> LogisticRegression:
    """Fit (N, F) features to (N,) class indices, every class present.

    strength: scikit-learn's C, the inverse of the L2 penalty; weights: "balanced" lets classes
    weigh alike. Scans without lung, all NaN, are left out. Raises DataError for features that are
    not finite otherwise.
    """
    from sklearn.linear_model import LogisticRegression as Fitted

    check_finite(features)
    known = np.isfinite(features).all(axis=1)
    features, classes = features[known], classes[known]
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale < 1e-9, 1.0, scale)
    weighed = "balanced" if weights == "balanced" else None
    fitted = Fitted(C=strength, max_iter=10_000, tol=1e-8, random_state=seed, class_weight=weighed)
    fitted.fit((features - mean) / scale, classes)
    # scikit-learn keeps columns together; a loaded model has rows, and would sum in another order.
    rows = np.ascontiguousarray(fitted.coef_)
    return LogisticRegression(mean, scale, rows, fitted.intercept_)
