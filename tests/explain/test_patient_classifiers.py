"""Importance asks a system through its abilities: what it learned from, or scans of a split."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace

import numpy as np
import pytest

from spgc.classifiers.classifier import PatientClassifier
from spgc.classifiers.feature_table import FeatureTable
from spgc.classifiers.kinds import KINDS
from spgc.classifiers.patient_stage import HasPatientStage, patient_stage
from spgc.classifiers.xgboost import XGBoostClassifier
from spgc.contract.scan import LabelledScan
from spgc.errors import DataError, ModelError, UsageError
from spgc.explain.feature_importance import importance
from spgc.explain.patient_classifiers import explain_scans, explain_training
from spgc.explain.permutation import shuffle_blocks
from spgc.protocol import CLASSES
from spgc.systems.cnr_iemn.system import CnrIemn

NAMES = ("one", "two")


def table(seed: int) -> FeatureTable:
    """30 scans; one feature knows the class."""
    rng = np.random.default_rng(seed)
    classes = np.arange(30, dtype=np.int64) % 3
    features = rng.random((30, 120), dtype=np.float32)
    features[:, 70] = classes / 2
    return FeatureTable(tuple(f"s{i}" for i in range(30)), features, classes)


class Made:
    """A system with a patient stage and nothing else to it; a scan is its row of features."""

    name, backbones, seed = "made", NAMES, 3

    def __init__(self) -> None:
        self.classifiers: dict[str, PatientClassifier] = {k: make() for k, make in KINDS.items()}
        for classifier in self.classifiers.values():
            classifier.fit(table(0).features, table(0).classes, 0)

    def features(
        self, scans: Iterable[tuple[str, np.ndarray]], total: int, track: object
    ) -> dict[str, np.ndarray]:
        return dict(reversed(list(scans)))

    def training_features(self) -> FeatureTable:
        return table(0)

    def patient_classifier(self, kind: str) -> PatientClassifier:
        return self.classifiers[kind]

    def booster(self) -> XGBoostClassifier:
        return self.classifiers["xgboost"]  # type: ignore[return-value]

    def describe(self) -> dict[str, object]:
        return {"synthetic": True}


def scans(seed: int) -> list[LabelledScan]:
    made = table(seed)
    rows = zip(made.cases, made.features, made.classes, strict=True)
    return [LabelledScan(name, row, CLASSES[k]) for name, row, k in rows]  # type: ignore[arg-type]


def test_of_the_training_scans() -> None:
    system = Made()
    explained = explain_training(system)  # type: ignore[arg-type]
    assert (explained.source, explained.synthetic) == ("30 training scans", True)
    expected = importance(system.booster(), table(0).features, NAMES)
    np.testing.assert_array_equal(explained.found.contributions, expected.contributions)
    assert explained.losses == {}


def test_of_other_scans_in_whatever_order_their_features_come() -> None:
    """Both classifiers are shuffled, with the system's seed."""
    system = Made()
    explained = explain_scans(system, scans(1), "val")  # type: ignore[arg-type]
    assert explained.source == "30 scans of val"
    expected = importance(system.booster(), table(1).features, NAMES)
    np.testing.assert_array_equal(explained.found.contributions, expected.contributions)
    assert explained.losses == {
        kind: shuffle_blocks(
            system.classifiers[kind], table(1).features, table(1).classes, NAMES, seed=3
        )
        for kind in KINDS
    }


def test_no_scan_of_a_known_class() -> None:
    with pytest.raises(DataError, match="no scan with a known class"):
        explain_scans(Made(), [], "test4")  # type: ignore[arg-type]


def test_cnr_iemn_has_a_patient_stage() -> None:
    """Untrained it has nothing to say, in one line."""
    system = CnrIemn()
    assert isinstance(system, HasPatientStage)
    assert patient_stage(system) is system
    with pytest.raises(ModelError):
        system.training_features()


def test_a_system_without_one_is_refused() -> None:
    with pytest.raises(UsageError, match="system whole has no patient classifier") as caught:
        patient_stage(SimpleNamespace(name="whole"))  # type: ignore[arg-type]
    assert "such as cnr-iemn" in str(caught.value)
