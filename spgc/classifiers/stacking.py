"""Stacking (Wolpert 1992): four patient classifiers, and one that learns from their answers.

The last one has to learn from answers for scans that the others did not learn from; whoever fits it
sees to that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from spgc.classifiers.classifier import Classes, Features, PatientClassifier
from spgc.classifiers.logistic_classifier import LogisticClassifier
from spgc.classifiers.random_forest import RandomForest
from spgc.classifiers.rbf_svm import RbfSvm
from spgc.classifiers.xgboost import XGBoostClassifier
from spgc.errors import ModelError
from spgc.protocol import CLASSES

MemberKind = type[LogisticClassifier] | type[RbfSvm] | type[RandomForest] | type[XGBoostClassifier]

MEMBERS: Mapping[str, MemberKind] = MappingProxyType(
    {
        "logistic": LogisticClassifier,
        "svm": RbfSvm,
        "forest": RandomForest,
        "xgboost": XGBoostClassifier,
    }
)
"""The four kinds by name, in the order of their answers."""

ENSEMBLE = "stacking"
"""Name of the one that learns from their answers: a logistic regression."""

ENDINGS = MappingProxyType({"svm": "safetensors"})
"""Of files that are no JSON."""


def member_file(name: str) -> str:
    """Name of a classifier's file in a model folder; of the ensemble's as well."""
    return f"patient-{name}.{ENDINGS.get(name, 'json')}"


def fit_members(
    features: Features, classes: Classes, seed: int, weights: str = "equal"
) -> dict[str, PatientClassifier]:
    """The four, fitted to features (N, F) of scans of all classes; see `PatientClassifier`."""
    members: dict[str, PatientClassifier] = {name: kind() for name, kind in MEMBERS.items()}
    for member in members.values():
        member.fit(features, classes, seed, weights)
    return members


def member_answers(members: Mapping[str, PatientClassifier], features: Features) -> Features:
    """(N, F) features to (N, 12): what each of the four says, class by class."""
    return np.concatenate([_probabilities(members[name], features) for name in MEMBERS], axis=1)


def _probabilities(member: PatientClassifier, features: Features) -> Features:
    found = member.predict(features)[1]
    if found is None:
        raise ModelError("a classifier without probabilities can't be stacked")
    return found


class StackedClassifiers(Mapping[str, PatientClassifier]):
    """The four and the ensemble by name, as a model folder has them, each read when it is needed.

    Raises ModelError for a file that can't be read.
    """

    def __init__(self, folder: Path, features: int, check: Callable[[Path], None]) -> None:
        """features: how many numbers a scan has.

        check: raises ModelError for a file that was replaced since the model was opened.
        """
        self._folder, self._features, self._check = folder, features, check
        self._read: dict[str, PatientClassifier] = {}

    def __getitem__(self, name: str) -> PatientClassifier:
        if name not in self._read:
            found = self._loaded(name)
            self._check(self._folder / member_file(name))
            self._read[name] = found
        return self._read[name]

    def _loaded(self, name: str) -> PatientClassifier:
        if name == ENSEMBLE:
            path = self._folder / member_file(name)
            return LogisticClassifier.load(path, len(MEMBERS) * len(CLASSES))
        return MEMBERS[name].load(self._folder / member_file(name), self._features)

    def __iter__(self) -> Iterator[str]:
        return iter((*MEMBERS, ENSEMBLE))

    def __len__(self) -> int:
        return len(MEMBERS) + 1


def stacked_answer(
    classifiers: Mapping[str, PatientClassifier], who: str, features: Features
) -> Features:
    """(F,) features of one scan to (3,) probabilities of the classifier `who`.

    Of a member, or of the ensemble on what all members say.
    """
    rows = features[None]
    if who == ENSEMBLE:
        rows = member_answers(classifiers, rows)
    return np.asarray(_probabilities(classifiers[who], rows)[0])
