"""Systems that can't be stopped and go on as the contract says."""

from __future__ import annotations

import dataclasses
import json
import pickle

import numpy as np

from spgc.contract import silent
from spgc.files.whole import write_bytes, write_text
from spgc.model.folder import write_model
from spgc.model.trained_on import training_facts
from tests.systems.broken.catalogue import add, breaks
from tests.systems.small.whole_volume import FILE, WholeVolume


@breaks("stop and resume", "of the model is another")
class CountsItsStarts(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        path = folder / "starts.json"
        starts = json.loads(path.read_text()) if path.exists() else 0
        write_text(path, json.dumps(starts + 1))
        super().fit(train, val, folder, track, unlabelled=unlabelled)
        add(self, folder, "more.json", json.dumps(starts).encode())


@breaks("stop and resume", "half.bin is a pickle")
class PicklesHalfOfIt(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        write_bytes(folder / "half.bin", pickle.dumps([1]))
        super().fit(train, val, folder, track, unlabelled=unlabelled)
        (folder / "half.bin").unlink()


@breaks("stop and resume", "does not end fit")
class CannotBeStopped(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        try:
            super().fit(train, val, folder, track, unlabelled=unlabelled)
        except KeyboardInterrupt:
            super().fit(train, val, folder, unlabelled=unlabelled)


@breaks("stop and resume", "leaves another model.json")
class WritesModelFirst(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        write_text(folder / FILE, "")
        facts = training_facts(train)
        write_model(folder, self.name, config={}, files=[FILE], trained_on=facts)
        super().fit(train, val, folder, track, unlabelled=unlabelled)


@breaks("stop and resume", "the trained system answers otherwise")
class ForgetsWhatWasDone(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        path = folder / "begun"
        begun = path.exists()
        write_text(path, "")
        super().fit(train, val, folder, track, unlabelled=unlabelled)
        if begun:
            self._means = self._means + np.float32(1)


@breaks("leftovers of another training", "with other labels")
class TakesAnyLeftovers(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        path = folder / "labels.json"
        if path.exists():
            labels = json.loads(path.read_text())
            train = [dataclasses.replace(scan, label=labels[scan.case_id]) for scan in train]
        write_text(path, json.dumps({scan.case_id: scan.label for scan in train}))
        super().fit(train, val, folder, track, unlabelled=unlabelled)
