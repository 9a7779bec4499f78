"""Patient classifiers by name."""

from __future__ import annotations

from spgc.classifiers.svm import SvmClassifier
from spgc.classifiers.xgboost import XGBoostClassifier
from spgc.errors import ModelError

KINDS: dict[str, type[XGBoostClassifier] | type[SvmClassifier]] = {
    "xgboost": XGBoostClassifier,
    "svm": SvmClassifier,
}


def classifier_kind(name: str) -> type[XGBoostClassifier] | type[SvmClassifier]:
    """The classifier called `name`; ModelError lists the known ones."""
    if name not in KINDS:
        raise ModelError("unknown patient classifier", found=repr(name), expected=" | ".join(KINDS))
    return KINDS[name]
