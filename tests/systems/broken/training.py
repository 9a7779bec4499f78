"""Systems whose training breaks one rule of the contract each."""

from __future__ import annotations

import dataclasses
import json
import time

from spgc.contract import NO_OPTIONS, silent
from tests.systems.broken.catalogue import add, breaks
from tests.systems.small.whole_volume import WholeVolume


@breaks("training", "after fit: not a model folder")
class LeavesNoModel(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        super().fit(train, val, folder, track, unlabelled=unlabelled)
        (folder / "model.json").unlink()


@breaks("training", "describe() after training")
class DescribesMore(WholeVolume):
    def describe(self):
        return {**super().describe(), "mood": "good"}


@breaks("training is described", "synthetic is False")
class HidesPhantoms(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        train = [dataclasses.replace(scan, synthetic=False) for scan in train]
        super().fit(train, val, folder, track, unlabelled=unlabelled)


@breaks("training is described", "trained_on.cases is")
class CountsTooFew(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        super().fit(train[1:], val, folder, track, unlabelled=unlabelled)


@breaks("progress", "fit never used track")
class ShowsNoProgress(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        super().fit(train, val, folder, unlabelled=unlabelled)


@breaks("progress", "predict never used track")
class ShowsNoProgressOfAnswers(WholeVolume):
    def predict(self, scans, total=None, track=silent):
        return super().predict(scans, total)


@breaks("silence", "load or predict prints 'loaded")
class TalksOnLoading(WholeVolume):
    @classmethod
    def load(cls, folder, run=None, options=NO_OPTIONS):
        print("loaded")
        return super().load(folder, run, options)


@breaks("silence", "fit prints 'epoch 1")
class Talks(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        print("epoch 1")
        super().fit(train, val, folder, track, unlabelled=unlabelled)


@breaks("training order", "in reverse order: means.safetensors of the model is another")
class LastScanCountsTwice(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        twice = dataclasses.replace(train[-1], case_id="again")
        super().fit([*train, twice], val, folder, track, unlabelled=unlabelled)


@breaks("training order", "the same training twice")
class NeverTheSame(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        super().fit(train, val, folder, track, unlabelled=unlabelled)
        add(self, folder, "time.json", json.dumps(time.time_ns()).encode())


@breaks("validation is not learnt from", "other labels in val")
class LearnsFromVal(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        super().fit([*train, *val], val, folder, track, unlabelled=unlabelled)


@breaks("validation is not learnt from", "another val")
class CountsVal(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        super().fit(train, val, folder, track, unlabelled=unlabelled)
        add(self, folder, "more.json", b"{}", val=len(val))


@breaks("unlabelled scans", "taken in silence")
class IgnoresUnlabelled(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        super().fit(train, val, folder, track)


@breaks("unlabelled scans", "unlabelled.cases is []")
class KeepsQuietOfUnlabelled(WholeVolume):
    learns_unlabelled = True

    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        super().fit(train, val, folder, track)


class Declared(LearnsFromVal):
    """What it says of itself is no breach."""

    chooses_by_val = depends_on_order = True
    limits = ("It learns from the validation scans.",)
