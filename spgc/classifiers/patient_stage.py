"""Systems whose answer for a scan comes from features of its slices, and that say how.

`spgc importance` asks for this; like the abilities in `spgc.contract.abilities`, a system has it
when it has the methods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, runtime_checkable

from spgc.classifiers.classifier import Features, PatientClassifier
from spgc.classifiers.feature_table import FeatureTable
from spgc.classifiers.xgboost import XGBoostClassifier
from spgc.contract.abilities import require
from spgc.contract.scan import NamedScan
from spgc.contract.system import System
from spgc.jobs.progress import Track, silent


@runtime_checkable
class HasPatientStage(System, Protocol):
    """A trained system with patient classifiers on the features of `spgc.classifiers.groups`."""

    @property
    def backbones(self) -> tuple[str, ...]:
        """Names of the slice classifiers, in the order of their features."""

    @property
    def seed(self) -> int:
        """What the training was seeded with."""

    def features(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> Mapping[str, Features]:
        """What the patient classifiers see of each scan, (backbones · 60,) in [0, 1], by ID."""

    def training_features(self) -> FeatureTable:
        """What they learned from. Raises ModelError when the model folder lacks it."""

    def patient_classifier(self, kind: str) -> PatientClassifier:
        """The trained one of a kind in `KINDS`. Raises ModelError when it can't be read."""

    def booster(self) -> XGBoostClassifier:
        """The trained XGBoost classifier, whichever answers. Raises ModelError as above."""


def patient_stage(system: System) -> HasPatientStage:
    """The system as one with a patient stage. Raises UsageError where it has none."""
    return require(
        system,
        HasPatientStage,
        "has no patient classifier on features of its slices",
        expected="a system with a patient stage",
        do="name a model of another system, such as cnr-iemn",
    )
