"""A system that names one class for every scan, fails where it is told to, and counts trainings."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from spgc.contract import LabelledScan, NamedScan, Prediction, RunSettings, Track, silent
from spgc.model.trained_on import training_facts, val_facts
from spgc.protocol import CLASSES
from spgc.systems.base import BaseSystem

TRAININGS: list[str] = []
"""Options `label` of all trainings of this process."""

BROKEN: set[str] = set()
"""Steps that fail: `training`, `prediction`, or `stop`, a training that is interrupted."""


@dataclasses.dataclass(frozen=True)
class Settings:
    label: str = "Normal"
    use_val: bool = False
    seed: int = 0
    lung_method: str = "watershed-two-regions"


class NamedClass(BaseSystem[Settings, RunSettings]):
    name = "named-class"
    summary = "one class for every scan"
    settings_type = Settings
    limits = ("It looks at nothing.",)

    def fit(
        self,
        train: Sequence[LabelledScan],
        val: Sequence[LabelledScan],
        folder: Path,
        track: Track = silent,
        *,
        unlabelled: Sequence[NamedScan] = (),
    ) -> None:
        self.refuse(unlabelled)
        TRAININGS.append(self.settings.label)
        if "stop" in BROKEN:
            raise KeyboardInterrupt
        if "training" in BROKEN:
            raise RuntimeError("the network exploded\nat length")
        facts = training_facts(train)
        if self.settings.use_val:
            facts |= val_facts(val)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "label.json").write_text(json.dumps(self.settings.label))
        self.write(folder, ["label.json"], facts)

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        assert self.settings.label in CLASSES
        return {
            case_id: Prediction(self.settings.label) for case_id, _ in track(scans, "scans", total)
        }

    def _read(self, folder: Path) -> None:
        if "prediction" in BROKEN:
            raise RuntimeError("no answer")


class OtherClass(NamedClass):
    name = "other-class"
    summary = "another class for every scan"
