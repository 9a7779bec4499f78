"""XGBoost as patient classifier, as in the paper (section 3.3.2), stored as JSON.

The paper gives no settings; these are the library's defaults, written out so that its change of
mind does not change ours.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from spgc.classifiers.classifier import Classes, Features, check_finite
from spgc.classifiers.stored import MALFORMED, damaged, read_content
from spgc.classifiers.xgboost_json import checked_booster
from spgc.files.whole import write_bytes
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
            content = checked_booster(read_content(path), features)
            classifier._booster = xgboost.Booster(model_file=bytearray(content))
            classifier._booster.set_param({"nthread": 1})
            probe = classifier.predict(np.zeros((1, features), np.float32))[1]
        except (*MALFORMED, xgboost.core.XGBoostError) as error:
            raise damaged(path, error) from error
        if probe is None or not np.isfinite(probe).all():
            raise damaged(path, ValueError("answers are no numbers"))
        return classifier


def _scan_weights(classes: Classes, weights: str) -> Features | None:
    """Weight of each scan, (N,): scans / (classes · scans of its class), as scikit-learn has it."""
    if weights != "balanced":
        return None
    counts = np.bincount(classes, minlength=len(CLASSES))
    there = np.count_nonzero(counts)
    return np.asarray(len(classes) / (there * counts[classes]), np.float32)
