"""Systems that break one rule of the contract each; all else is as `WholeVolume` has it."""

from __future__ import annotations

import dataclasses
import getpass
import io
import json
import pickle
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from spgc.contract import NO_OPTIONS, Prediction, SliceInput, System, silent
from spgc.files.whole import write_bytes, write_text
from spgc.model.document import read_document, read_model
from spgc.model.folder import write_model
from spgc.model.trained_on import training_facts
from spgc.protocol import CLASSES
from tests.systems.small.rounds import Rounds
from tests.systems.small.whole_volume import FILE, WholeVolume

BROKEN: list[tuple[str, str, type[System]]] = []
"""Name of the check that catches it, a part of what the check says, and the system."""


def breaks(check: str, found: str) -> Callable[[type], type]:
    def noted(kind: type) -> type:
        BROKEN.append((check, found, kind))
        return kind

    return noted


def shifted(answer: Prediction) -> Prediction:
    return Prediction(CLASSES[(CLASSES.index(answer.label) + 1) % 3], answer.probabilities)


@breaks("members", "summary is")
class TwoLines(WholeVolume):
    summary = "one\ntwo"


@breaks("members", "name is")
class NameOfTwoWords(WholeVolume):
    name = "whole volume"


@breaks("members", "learns_unlabelled is 0")
class NumberForBool(WholeVolume):
    learns_unlabelled = 0


@breaks("members", "lung_method is 'magic'")
class UnknownLungs(WholeVolume):
    lung_method = "magic"


@breaks("members", "limits is")
class LimitsAsText(WholeVolume):
    limits = "It has limits."


@breaks("members", "chooses_by_val is set and limits is empty")
class ChoosesWithoutSaying(WholeVolume):
    chooses_by_val = True


@breaks("signatures", "fit takes")
class NoUnlabelled(WholeVolume):
    def fit(self, train, val, folder, track=silent):
        super().fit(train, val, folder, track)


@breaks("signatures", "load takes")
class LoadsWithoutOptions(WholeVolume):
    @classmethod
    def load(cls, folder, run=None):
        return super().load(folder, run)


@breaks("options", "an unknown option is taken in silence")
class TakesEverything(WholeVolume):
    @classmethod
    def create(cls, options=NO_OPTIONS, run=None):
        return super().create({n: v for n, v in options.items() if n in cls.options()}, run)


@breaks("options", "raises KeyError")
class RaisesAnything(WholeVolume):
    @classmethod
    def create(cls, options=NO_OPTIONS, run=None):
        for name in options:
            cls.options()[name]
        return super().create(options, run)


@breaks("options", "no 'seed'")
class NoSeed(WholeVolume):
    @classmethod
    def options(cls):
        return {n: v for n, v in super().options().items() if n != "seed"}


@breaks("description before training", "has at least system")
class SaysNothingYet(WholeVolume):
    def describe(self):
        return self._document


@breaks("untrained", "untrained, predict works")
class AnswersUntrained(WholeVolume):
    def predict(self, scans, total=None, track=silent):
        if self._means is None:
            return {name: Prediction("Normal") for name, _ in scans}
        return super().predict(scans, total, track)


@breaks("untrained", "untrained, save raises TypeError")
class SavesNothing(WholeVolume):
    def save(self, folder):
        if self._home is None:
            raise TypeError("no home")
        super().save(folder)


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


@breaks("training is described", "trained_on.scans is")
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


def add(system: WholeVolume, folder: Path, name: str, content: bytes, **config: Any) -> None:
    """One more file for a model that is there already, or more settings."""
    write_bytes(folder / name, content)
    document = dict(system._document)
    system._document = write_model(
        folder,
        document["system"],
        config=document["config"] | config,
        files=[*document["files"], name],
        trained_on=document["trained_on"],
    )


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


class Adds(WholeVolume):
    """A system with one more file."""

    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        super().fit(train, val, folder, track, unlabelled=unlabelled)
        add(self, folder, "more.bin", self.content(folder))

    def content(self, folder: Path) -> bytes:
        raise NotImplementedError


@breaks("nothing pickled", "more.bin is a pickle")
class Pickles(Adds):
    def content(self, folder: Path) -> bytes:
        return pickle.dumps({"a": 1})


@breaks("nothing pickled", "more.bin is a pickle")
class PicklesAsOfOld(Adds):
    def content(self, folder: Path) -> bytes:
        return pickle.dumps({"a": [1, 2]}, protocol=0)


@breaks("nothing pickled", r"holds archive/data.pkl")
class SavesLikeTorch(Adds):
    def content(self, folder: Path) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("archive/data.pkl", b"")
        return stream.getvalue()


@breaks("nothing pickled", "which is an array of Python objects")
class SavesObjects(Adds):
    def content(self, folder: Path) -> bytes:
        stream = io.BytesIO()
        np.savez(stream, a=np.array([{}, None], object))
        return stream.getvalue()


@breaks("nothing pickled", "load calls pickle.loads")
class UnpicklesText(Adds):
    """A pickle that does not look like one."""

    def content(self, folder: Path) -> bytes:
        return pickle.dumps(1).hex().encode()

    @classmethod
    def load(cls, folder, run=None, options=NO_OPTIONS):
        pickle.loads(bytes.fromhex((folder / "more.bin").read_text()))  # noqa: S301
        return super().load(folder, run, options)


@breaks("nothing identifying", "more.bin holds the folder's own path")
class NotesItsFolder(Adds):
    def content(self, folder: Path) -> bytes:
        return json.dumps(str(folder)).encode()


@breaks("nothing identifying", "more.bin holds the user's name")
class NotesItsUser(Adds):
    def content(self, folder: Path) -> bytes:
        return f"by {getpass.getuser()}".encode()


@breaks("nothing identifying", "holds the path '/mnt/scans'")
class NotesAPath(WholeVolume):
    def fit(self, train, val, folder, track=silent, *, unlabelled=()):
        super().fit(train, val, folder, track, unlabelled=unlabelled)
        add(self, folder, "more.json", b"{}", data="/mnt/scans")


@breaks("damage is refused", "means.safetensors changed by one bit: load takes it")
class Trusting(WholeVolume):
    @classmethod
    def load(cls, folder, run=None, options=NO_OPTIONS):
        cls._copy(folder)
        return super().load(folder, run, options)

    @staticmethod
    def _copy(folder: Path) -> None:
        """Make the folder whole again, as far as its hashes go."""
        document = read_document(folder)
        write_model(
            folder,
            document["system"],
            config=document["config"],
            files=list(document["files"]),
            trained_on=document["trained_on"],
        )


@breaks("damage is refused", "load raises")
class TripsOverDamage(WholeVolume):
    @classmethod
    def load(cls, folder, run=None, options=NO_OPTIONS):
        json.loads((folder / "model.json").read_text())
        return super().load(folder, run, options)


@breaks("other models are refused", "a model of another system: load takes it")
class TakesOthers(WholeVolume):
    @classmethod
    def load(cls, folder, run=None, options=NO_OPTIONS):
        document = read_model(folder, read_document(folder)["system"])
        system = cls.create()
        system._means = np.zeros((3, 6, 6, 6), np.float32)
        system._document, system._home = document, folder
        return system


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


class Declared(LearnsFromVal):
    """What it says of itself is no breach."""

    chooses_by_val = depends_on_order = True
    limits = ("It learns from the validation scans.",)
