"""A system with rounds: learn from labelled slices, label the others, learn again.

It takes scans whose slices nobody labelled, and with `unlabelled` scans that nobody labelled at
all. Each finished round is kept, so that a stopped training goes on at the next one. The "network"
is the mean and spread of density in a slice and the distance to each class's centre.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import LabelledScan, NamedScan, Scan, in_case_order
from spgc.contract.system import NO_OPTIONS, Options, Prediction, RunSettings
from spgc.ct.lungs import DEFAULT_LUNGS
from spgc.errors import ModelError
from spgc.files.whole import write_text
from spgc.jobs.progress import Track, silent
from spgc.model.document import read_model
from spgc.model.folder import copy_model, write_model
from spgc.model.trained_on import training_facts
from spgc.protocol import CLASSES, NORMAL
from spgc.systems.options import list_options, read_options

FILE = "centres.json"

Centres = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    rounds: int = 3
    sure: float = 0.8  # pseudo-labels are taken above this probability
    lung_method: str = DEFAULT_LUNGS
    seed: int = 0


class Rounds:
    name = "rounds"
    summary = "slice centres, learnt again in rounds with pseudo-labels"
    learns_unlabelled = True

    def __init__(self, settings: Settings, centres: Centres | None = None) -> None:
        self.settings, self._centres = settings, centres
        self._document: Mapping[str, Any] = {}
        self._home: Path | None = None

    @classmethod
    def options(cls) -> Mapping[str, str]:
        return list_options(Settings())

    @classmethod
    def create(cls, options: Options = NO_OPTIONS, run: RunSettings | None = None) -> Rounds:
        return cls(read_options(Settings(), options, cls.name))

    @property
    def lung_method(self) -> str:
        return self.settings.lung_method

    def fit(
        self,
        train: Sequence[LabelledScan],
        val: Sequence[LabelledScan],
        folder: Path,
        track: Track = silent,
        *,
        unlabelled: Sequence[NamedScan] = (),
    ) -> None:
        train = in_case_order(train)
        facts = training_facts(train, unlabelled)
        mark = json.dumps([facts, dataclasses.asdict(self.settings)], sort_keys=True)
        mark = hashlib.sha256(mark.encode()).hexdigest()
        for number in track(range(self.settings.rounds), "rounds", self.settings.rounds):
            done = folder / f"round-{number}.json"
            known = json.loads(done.read_text()) if done.is_file() else {}
            if known.get("mark") == mark:
                self._centres = np.array(known["centres"])
                continue
            self._centres = self._round(train, unlabelled)
            write_text(done, json.dumps({"mark": mark, "centres": self._centres.tolist()}))
        assert self._centres is not None
        write_text(folder / FILE, json.dumps(self._centres.tolist()))
        self._document = write_model(
            folder,
            self.name,
            config=dataclasses.asdict(self.settings),
            files=[FILE],
            trained_on=facts,
        )
        self._home = folder

    def _round(self, train: Sequence[LabelledScan], unlabelled: Sequence[NamedScan]) -> Centres:
        """Centres of the labelled slices and, from the second round on, of the sure ones."""
        rows: list[list[Centres]] = [[] for _ in CLASSES]
        for scan in train:
            for index, label in self._labels(scan):
                rows[label].append(_slice_features(scan.scan, index))
        for case_id, scan in unlabelled if self._centres is not None else ():
            for index, shares in enumerate(self._slices(case_id, scan)):
                if shares.max() > self.settings.sure:
                    rows[int(shares.argmax())].append(_slice_features(scan, index))
        return np.stack([np.mean(part, axis=0) for part in rows])

    def _labels(self, scan: LabelledScan) -> Iterable[tuple[int, int]]:
        own, normal = CLASSES.index(scan.label), CLASSES.index(NORMAL)
        if scan.infected is not None or scan.label == NORMAL:
            marks = np.zeros(scan.scan.n_slices) if scan.infected is None else scan.infected
            return [(i, own if mark else normal) for i, mark in enumerate(marks)]
        if self._centres is None:
            return []
        shares = self._slices(scan.case_id, scan.scan)
        return [(i, own) for i, row in enumerate(shares) if row[own] > self.settings.sure]

    def slice_probabilities(self, case_id: str, scan: Scan) -> Mapping[str, NDArray[np.float32]]:
        return {"centres": self._slices(case_id, scan).astype(np.float32)}

    def _slices(self, case_id: str, scan: Scan) -> Centres:
        if self._centres is None:
            raise ModelError("the system is not trained")
        rows = np.stack([_slice_features(scan, i) for i in range(scan.n_slices)])
        far = ((rows[:, None] - self._centres[None]) ** 2).sum(axis=2)
        powers = np.exp(far.min(axis=1, keepdims=True) - far)
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        answers = {}
        for case_id, scan in track(scans, "predicting scans", total):
            votes = self._slices(case_id, scan)
            shares = votes[:, :2].max(axis=0)
            shares = np.append(shares, max(0.0, 1 - shares.max()))
            covid19, cap, normal = (shares / shares.sum()).tolist()
            answers[case_id] = Prediction(CLASSES[int(shares.argmax())], (covid19, cap, normal))
        return answers

    def save(self, folder: Path) -> None:
        if self._home is None:
            raise ModelError("the system is not trained")
        copy_model(self._home, folder)

    @classmethod
    def load(
        cls, folder: Path, run: RunSettings | None = None, options: Options = NO_OPTIONS
    ) -> Rounds:
        document = read_model(folder, cls.name)
        settings = read_options(Settings(**document["config"]), options, cls.name)
        system = cls(settings, np.array(json.loads((folder / FILE).read_text())))
        system._document, system._home = document, folder
        return system

    def describe(self) -> Mapping[str, Any]:
        return self._document or {"system": self.name, "config": dataclasses.asdict(self.settings)}


def _slice_features(scan: Scan, index: int) -> Centres:
    hu, mask = scan.slice(index)
    values = hu[mask] if mask.any() else np.array([-1000])
    return np.array([values.mean() / 60, values.std() / 60])
