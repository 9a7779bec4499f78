"""A system in the form of a 3-D network: one whole volume in, brought to one grid by its spacing.

In place of the network stands the distance to each class's mean volume, so that it learns in
milliseconds; everything that the contract sees is as it would be with a network.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

from spgc.contract.scan import LabelledScan, NamedScan, Scan, in_case_order
from spgc.contract.system import NO_OPTIONS, Options, Prediction, RunSettings
from spgc.contract.volumes import VolumeBox, VolumeInput
from spgc.ct.lungs import DEFAULT_LUNGS
from spgc.errors import ModelError
from spgc.files.whole import write_bytes
from spgc.jobs.progress import Track, silent
from spgc.model.document import read_model
from spgc.model.folder import copy_model, write_model
from spgc.model.trained_on import training_facts
from spgc.protocol import CLASSES
from spgc.systems.options import list_options, read_options
from spgc.systems.unlabelled import refuse_unlabelled

FILE = "means.safetensors"


@dataclass(frozen=True)
class Settings:
    size_mm: float = 48.0
    cells: int = 6
    lung_method: str = DEFAULT_LUNGS
    seed: int = 0


class WholeVolume:
    name = "whole-volume"
    summary = "distance to the mean volume of each class"
    learns_unlabelled = False

    def __init__(self, settings: Settings, means: NDArray[np.float32] | None = None) -> None:
        self.settings, self._means = settings, means
        self._document: Mapping[str, Any] = {}
        self._home: Path | None = None

    @classmethod
    def options(cls) -> Mapping[str, str]:
        return list_options(Settings())

    @classmethod
    def create(cls, options: Options = NO_OPTIONS, run: RunSettings | None = None) -> WholeVolume:
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
        refuse_unlabelled(self.name, unlabelled)
        train = in_case_order(train)
        sums = {name: [] for name in CLASSES}
        for scan in track(train, "volumes", len(train)):
            sums[scan.label].append(self._grid(scan.scan))
        self._means = np.stack([np.mean(sums[name], axis=0) for name in CLASSES])
        write_bytes(folder / FILE, save({"means": self._means}))
        self._document = write_model(
            folder,
            self.name,
            config=dataclasses.asdict(self.settings),
            files=[FILE],
            trained_on=training_facts(train),
            packages=["safetensors"],
        )
        self._home = folder

    def _grid(self, scan: Scan) -> NDArray[np.float32]:
        """Mean HU of the lung in cells of one size in mm, whatever the scan's spacing."""
        hu, mask = scan.arrays()
        values = np.where(mask, hu, -1000).astype(np.float32)
        for axis, mm in enumerate(scan.spacing):
            centre = (values.shape[axis] - 1) / 2
            offsets = np.linspace(-0.5, 0.5, self.settings.cells) * self.settings.size_mm
            places = np.clip(np.rint(centre + offsets / mm), 0, values.shape[axis] - 1)
            values = values.take(places.astype(int), axis=axis)
        return values

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        answers = {}
        for case_id, scan in track(scans, "predicting scans", total):
            shares = self._shares(self._grid(scan)[None])[0]
            covid19, cap, normal = shares.tolist()
            answers[case_id] = Prediction(CLASSES[int(shares.argmax())], (covid19, cap, normal))
        return answers

    def _shares(self, grids: NDArray[np.float32]) -> NDArray[np.float64]:
        """(B, D, H, W) to (B, 3)."""
        if self._means is None:
            raise ModelError("the system is not trained")
        far = ((self._means - grids[:, None]) ** 2).mean(axis=(2, 3, 4)) / 5000
        powers = np.exp(far.min(axis=1, keepdims=True) - far)
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def volume_inputs(self, case_id: str, scan: Scan) -> Mapping[str, VolumeInput]:
        """What stands in place of a network, and the part of the scan that it sees."""
        half = [self.settings.size_mm / 2 / mm for mm in scan.spacing]
        middle = [count / 2 for count in scan.arrays()[0].shape]
        low, high = zip(*((m - h, m + h) for m, h in zip(middle, half, strict=True)), strict=True)
        return {
            "means": VolumeInput(
                self._grid(scan)[None],
                lambda volumes: self._shares(volumes[:, 0]).astype(np.float32),
                VolumeBox(low, high),
                black=-1000.0,
                hidden="density, to that of air",
            )
        }

    def save(self, folder: Path) -> None:
        if self._home is None:
            raise ModelError("the system is not trained")
        copy_model(self._home, folder)

    @classmethod
    def load(
        cls, folder: Path, run: RunSettings | None = None, options: Options = NO_OPTIONS
    ) -> WholeVolume:
        document = read_model(folder, cls.name)
        settings = read_options(Settings(**document["config"]), options, cls.name)
        system = cls(settings, load_file(folder / FILE)["means"])
        system._document, system._home = document, folder
        return system

    def describe(self) -> Mapping[str, Any]:
        return self._document or {"system": self.name, "config": dataclasses.asdict(self.settings)}
