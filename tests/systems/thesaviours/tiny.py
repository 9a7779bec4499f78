"""TheSaviours in miniature: three layers in the place of each backbone, images of 32 pixels."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence

import numpy as np
import pytest

from spgc.contract.scan import LabelledScan
from spgc.nets.slices import backbones
from spgc.nets.slices.backbones import Backbone
from spgc.protocol import CLASSES
from spgc.systems.thesaviours.settings import DEMO, Settings
from tests.nets.training.tiny_training import TinyNet

SETTINGS = dataclasses.replace(
    DEMO,
    image_size=32,
    slice_hidden=(4,),
    slice_epochs=2,
    backbone="efficientnet_b0",
    hidden=(6, 4),
    rounds=2,
    round_epochs=2,
    draws=9,
    batch_size=6,
    held_out=0.2,
    seed=5,
)

OPTIONS = {
    "preset": "demo",
    "image_size": "32",
    "slice_hidden": "4",
    "backbone": "efficientnet_b0",
    "rounds": "2",
    "hidden": "6,4",
    "draws": "9",
    "batch_size": "6",
}
"""The same for the command line and the conformance suite."""


def small(patch: pytest.MonkeyPatch) -> None:
    """Put a tiny network in the place of the demo's backbones."""
    tiny = Backbone(TinyNet, None, "fc")
    names = (SETTINGS.slice_backbone, SETTINGS.backbone)
    patch.setattr(backbones, "SPECS", {**backbones.SPECS, **dict.fromkeys(names, tiny)})


class MadeScan:
    """Slices of noise about a level, read one at a time; `hu` is made when a slice is asked for."""

    spacing = (2.0, 0.7, 0.7)

    def __init__(self, name: str, slices: int, level: float) -> None:
        self.n_slices, self._level = slices, level
        self.key = hashlib.sha256(f"{name} {slices} {level}".encode()).hexdigest()

    def slice(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        seed = int(self.key[:8], 16)
        noise = np.random.default_rng((seed, index)).normal(self._level, 60, (32, 32))
        return noise.astype(np.int16), np.zeros((32, 32), bool)

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        hu, masks = zip(*map(self.slice, range(self.n_slices)), strict=True)
        return np.stack(hu), np.stack(masks)


def scan(
    case_id: str, label: str, slices: int = 5, infected: Sequence[int] | None = None
) -> LabelledScan:
    """A scan of a class; infected: its marked slices, None where nobody looked."""
    marks = None
    if infected is not None:
        marks = np.zeros(slices, np.uint8)
        marks[list(infected)] = 1
    made = MadeScan(case_id, slices, 400.0 * CLASSES.index(label) - 900)
    return LabelledScan(case_id, made, label, marks, synthetic=True)


def cohort() -> list[LabelledScan]:
    """Four scans of each class; one COVID-19 scan and one CAP scan have no slice labels."""
    return [
        *(scan(f"P{n}", "COVID-19", 5 + n, [1, 2, 3] if n else None) for n in range(4)),
        *(scan(f"cap{n}", "CAP", 5 + n, [2, 3] if n else None) for n in range(4)),
        *(scan(f"normal{n}", "Normal", 5 + n) for n in range(4)),
    ]


__all__ = ["OPTIONS", "SETTINGS", "MadeScan", "Settings", "cohort", "scan", "small"]
