"""The patient stage's named variants, checked in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from spgc.errors import ModelError
from spgc.systems.cnr_iemn.config import Config

CHOICES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "patient_classifier": ("xgboost", "svm"),
        "features": ("counts", "probabilities"),
        "patient_weights": ("equal", "balanced"),
    }
)
"""Fields of `Config` and what each can be; the first is the paper's."""

MIN_FOLDS = 2


def check_patient_stage(config: Config) -> None:
    """Raise ModelError when a field of the patient stage names no known variant."""
    for field, known in CHOICES.items():
        value = getattr(config, field)
        if value not in known:
            words = field.replace("_", " ")
            raise ModelError(f"unknown {words}", found=repr(value), expected=" | ".join(known))
    if config.folds and config.folds < MIN_FOLDS:
        raise ModelError(
            "impossible number of folds",
            found=config.folds,
            expected=f"0 for none, or {MIN_FOLDS} and more",
        )
