"""Systems whose answers break one rule of the contract each."""

from __future__ import annotations

import dataclasses

import numpy as np

from spgc.contract import NO_OPTIONS, Prediction, SliceInput, VolumeBox, silent
from spgc.protocol import CLASSES
from tests.systems.broken.catalogue import breaks
from tests.systems.small.rounds import Rounds
from tests.systems.small.whole_volume import WholeVolume


def shifted(answer: Prediction) -> Prediction:
    return Prediction(CLASSES[(CLASSES.index(answer.label) + 1) % 3], answer.probabilities)


@breaks("answers", "no answer")
class ForgetsTheLast(WholeVolume):
    def predict(self, scans, total=None, track=silent):
        return super().predict(list(scans)[:-1], total, track) | {}


@breaks("answers", "found 'Covid'")
class OwnWords(WholeVolume):
    def predict(self, scans, total=None, track=silent):
        return {name: Prediction("Covid") for name, _ in scans}


@breaks("answers", "answers for nobody")
class OneTooMany(WholeVolume):
    def predict(self, scans, total=None, track=silent):
        return super().predict(scans, total, track) | {"nobody": Prediction("CAP")}


@breaks("answers", "answers have probabilities")
class SometimesSure(WholeVolume):
    def predict(self, scans, total=None, track=silent):
        found = super().predict(scans, total, track)
        return found | {next(iter(found)): Prediction("CAP")}


@breaks("saved and loaded", "is answered")
class RoundsOnLoading(WholeVolume):
    @classmethod
    def load(cls, folder, run=None, options=NO_OPTIONS):
        system = super().load(folder, run, options)
        system._means = system._means * np.float32(1 + 1e-6)
        return system


@breaks("saved and loaded", "describe() says something else")
class LosesItsDocument(WholeVolume):
    @classmethod
    def load(cls, folder, run=None, options=NO_OPTIONS):
        system = super().load(folder, run, options)
        system._document = {}
        return system


@breaks("loading options", "an unknown option is taken in silence")
class LoadsWithAnything(WholeVolume):
    @classmethod
    def load(cls, folder, run=None, options=NO_OPTIONS):
        return super().load(folder, run)


@breaks("order of scans", "asked in reverse order")
class FirstIsSpecial(WholeVolume):
    def predict(self, scans, total=None, track=silent):
        found = super().predict(scans, total, track)
        first = next(iter(found))
        return found | {first: shifted(found[first])}


@breaks("scans alone", "asked alone")
class LooksAtOthers(WholeVolume):
    def predict(self, scans, total=None, track=silent):
        found = super().predict(scans, total, track)
        if len(found) > 1:
            return found
        return {name: Prediction(answer.label, (0.3, 0.3, 0.4)) for name, answer in found.items()}


@breaks("slice answers", "shape (3, 6)")
class OnItsSide(Rounds):
    def slice_probabilities(self, case_id, scan):
        return {n: p.T for n, p in super().slice_probabilities(case_id, scan).items()}


@breaks("slice answers", "off by centres")
class OtherInputs(Rounds):
    def slice_inputs(self, scan, index):
        return {
            "centres": SliceInput(
                np.zeros((1, 4, 4), np.float32), lambda x: np.array([[0.9, 0.09, 0.01]], np.float32)
            )
        }


@breaks("volume answers", "is float64 of shape (6, 6, 6)")
class NoChannels(WholeVolume):
    def volume_inputs(self, case_id, scan):
        (given,) = super().volume_inputs(case_id, scan).values()
        return {"means": dataclasses.replace(given, volume=given.volume[0].astype(float))}


@breaks("volume answers", "a box with low below high")
class TurnedBox(WholeVolume):
    def volume_inputs(self, case_id, scan):
        (given,) = super().volume_inputs(case_id, scan).values()
        box = VolumeBox(given.box.high, given.box.low)
        return {"means": dataclasses.replace(given, box=box)}


@breaks("volume answers", "rows that don't sum to 1")
class Logits(WholeVolume):
    def volume_inputs(self, case_id, scan):
        (given,) = super().volume_inputs(case_id, scan).values()
        return {"means": dataclasses.replace(given, answer=lambda x: 5 * given.answer(x))}


@breaks("volume answers", "off beside another")
class OneMeanForAll(WholeVolume):
    def volume_inputs(self, case_id, scan):
        (given,) = super().volume_inputs(case_id, scan).values()

        def answer(volumes):
            return np.roll(given.answer(volumes), len(volumes) - 1, axis=1)

        return {"means": dataclasses.replace(given, answer=answer)}
