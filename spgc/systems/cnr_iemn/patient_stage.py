"""CNR-IEMN's patient stage: from slice probabilities to a scan's class (paper, section 3.3.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from spgc.classifiers.classifier import Features, PatientClassifier
from spgc.classifiers.groups import scan_features
from spgc.classifiers.kinds import KINDS
from spgc.contract.scan import LabelledScan
from spgc.contract.system import Prediction
from spgc.nets.slices.predict import SliceProbabilities
from spgc.protocol import CLASSES
from spgc.systems.cnr_iemn.config import Config


def patient_file(kind: str) -> str:
    """Name of a patient classifier's file in the model folder."""
    return f"patient-{kind}.json"


def features_of(probabilities: SliceProbabilities, config: Config) -> Features:
    """What the patient classifier sees of a scan: (backbones · 60,) in [0, 1]."""
    return scan_features(probabilities, config.backbones, config.features)


def fit_patients(
    train: Sequence[LabelledScan], features: Features, config: Config
) -> Mapping[str, PatientClassifier]:
    """Both patient classifiers of Table 5 on the features (N, F) of the training scans."""
    classes = np.array([CLASSES.index(scan.label) for scan in train], np.int64)
    trained: dict[str, PatientClassifier] = {kind: make() for kind, make in KINDS.items()}
    for classifier in trained.values():
        classifier.fit(features, classes, config.seed, config.patient_weights)
    return trained


def answer(classifier: PatientClassifier, features: Features) -> Prediction:
    """The class of one scan by its features (F,), with probabilities where there are some."""
    classes, probabilities = classifier.predict(features[None])
    label = CLASSES[int(classes[0])]
    if probabilities is None:
        return Prediction(label)
    covid19, cap, normal = (float(p) for p in probabilities[0])
    return Prediction(label, (covid19, cap, normal))
