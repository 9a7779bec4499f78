"""Lazy loading of a model folder's patient classifiers, each read when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Lock

from spgc.classifiers.classifier import PatientClassifier
from spgc.classifiers.kinds import KINDS


class StoredClassifiers(Mapping[str, PatientClassifier]):
    """By kind, read when first asked for, where ModelError is raised if that fails.

    Importing XGBoost and scikit-learn takes longer than starting all else: nobody waits for it
    before the networks run, and nobody pays for the classifier that doesn't answer.
    """

    def __init__(
        self, files: Mapping[str, Path], features: int, check: Callable[[Path], None]
    ) -> None:
        """files: by kind; features: how many numbers a scan has.

        check: raises ModelError for a file that was replaced since the model was opened.
        """
        self._files, self._features, self._check = files, features, check
        self._read: dict[str, PatientClassifier] = {}
        self._reading = Lock()

    def __getitem__(self, kind: str) -> PatientClassifier:
        with self._reading:  # another thread may be at it, ahead of need
            if kind not in self._read:  # KeyError for one that is not there
                found = KINDS[kind].load(self._files[kind], self._features)
                self._check(self._files[kind])
                self._read[kind] = found
            return self._read[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)
