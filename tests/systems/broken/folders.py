"""Systems whose model folder breaks one rule of the contract each."""

from __future__ import annotations

import getpass
import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np

from spgc.contract import NO_OPTIONS, silent
from spgc.model.document import read_document, read_model
from spgc.model.folder import write_model
from tests.systems.broken.catalogue import add, breaks
from tests.systems.small.whole_volume import WholeVolume


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
