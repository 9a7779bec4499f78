"""Logistic regression on principal components: for far more features than scans.

Features are standardised, PCA keeps the directions in which the training scans differ most, and a
logistic regression on the standardised components answers. scikit-learn fits; answers need NumPy
alone, and what is stored is arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.classifier import Classes, Features, check_finite
from spgc.classifiers.logistic import Float64, LogisticRegression, fit_logistic
from spgc.classifiers.stored import MALFORMED, damaged, read_content
from spgc.files.whole import write_bytes
from spgc.protocol import CLASSES

Marks = Mapping[str, NDArray[np.uint8]]
"""Bytes by name that say what a stored classifier belongs to."""

NO_MARKS: Marks = MappingProxyType({})

LEAST_SCALE = 1e-6
"""Standard deviation below which a feature is a constant: a channel that never fires."""

_OWN = ("feature_mean", "feature_scale", "components")
_LOGISTIC = ("mean", "scale", "weights", "offsets")


@dataclass(frozen=True)
class PrincipalLogistic:
    """Features (F,) to probabilities by way of K components.

    feature_mean, feature_scale: (F,) of the training features; components: (K, F), unit vectors;
    logistic: on the K components.
    """

    feature_mean: Float64
    feature_scale: Float64
    components: Float64
    logistic: LogisticRegression

    def probabilities(self, features: Features) -> Float64:
        """(F,) features to (3,) probabilities in `CLASSES` order. Raises ModelError for NaN."""
        check_finite(features[None])
        standard = (features.astype(np.float64) - self.feature_mean) / self.feature_scale
        return self.logistic.probabilities(self.components @ standard)

    def save(self, path: Path, marks: Marks = NO_MARKS) -> None:
        """Write the arrays. marks: further bytes that `load` compares with what it is given."""
        from safetensors.numpy import save

        arrays = {name: getattr(self, name) for name in _OWN}
        arrays |= {f"logistic.{name}": getattr(self.logistic, name) for name in _LOGISTIC}
        whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        write_bytes(path, save(whole | dict(marks)))

    @classmethod
    def load(cls, path: Path, width: int, marks: Marks = NO_MARKS) -> PrincipalLogistic:
        """What `save` wrote, for `width` features. Raises ModelError if it is not."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            found = load(read_content(path))
            for name, mark in marks.items():
                if found[name].tobytes() != mark.tobytes():
                    raise ValueError(f"another {name}")
            mean, scale, components = (_numbers(found[name]) for name in _OWN)
            count = len(components)
            kept = [_numbers(found[f"logistic.{name}"]) for name in _LOGISTIC]
            shapes = [array.shape for array in (mean, scale, components, *kept)]
            classes = len(CLASSES)
            if shapes != [
                (width,),
                (width,),
                (count, width),
                (count,),
                (count,),
                (classes, count),
                (classes,),
            ]:
                raise ValueError("arrays of the wrong shape")
        except (SafetensorError, *MALFORMED) as error:
            raise damaged(path, error) from error
        return cls(mean, scale, components, LogisticRegression(*kept))


def _numbers(array: NDArray[np.float64]) -> Float64:
    if array.dtype != np.float64 or not np.isfinite(array).all():
        raise ValueError("arrays that are no finite numbers")
    return array


def fit_principal(
    features: Features,
    classes: Classes,
    count: int,
    strength: float,
    seed: int,
    weights: str = "equal",
) -> PrincipalLogistic:
    """Fit (N, F) features to (N,) class indices, every class present.

    count: components; with N scans at most N - 1, all there are. strength: scikit-learn's C of the
    logistic regression; weights: "balanced" lets classes weigh alike. Raises ModelError for
    features that are not finite.
    """
    from sklearn.decomposition import PCA

    check_finite(features)
    exact = features.astype(np.float64)
    mean, spread = exact.mean(axis=0), exact.std(axis=0)
    scale = np.where(spread < LEAST_SCALE, 1.0, spread)
    standard = (exact - mean) / scale
    kept = min(count, len(standard) - 1, standard.shape[1])
    # "full": no random start, so that the same scans give the same bits.
    directions = PCA(kept, svd_solver="full").fit(standard).components_
    components = np.ascontiguousarray(directions, np.float64)
    # As a loaded model does it, one scan after another: other sums would differ in the last bits.
    scores = np.stack([components @ row for row in standard])
    return PrincipalLogistic(
        mean, scale, components, fit_logistic(scores, classes, strength, seed, weights)
    )
