"""A whole-volume system whose networks look at known regions of a scan: maps must find them.

Its grid shows a box of the scan that is neither the whole of it nor inside it, so that a map drawn
at the wrong place is seen.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import Scan
from spgc.contract.system import Prediction
from spgc.contract.volumes import VolumeBox, VolumeInput
from tests.systems.small.scans import ArrayScan

SIZE = (20, 24, 28)
"""Of the grid."""

BOX = VolumeBox((2.0, 4.0, -4.0), (12.0, 28.0, 24.0))
"""Half a slice and one pixel a cell; the first four columns lie outside the scan."""

REGIONS = {
    "high": (slice(1, 6), slice(3, 9), slice(5, 12)),
    "low": (slice(13, 19), slice(15, 22), slice(18, 25)),
}
"""By network, on the grid."""


class Regions:
    """Two networks, each of which takes brightness in its own region for CAP."""

    name = "regions"
    summary = "two regions of a scan"

    def __init__(self, lung_method: str = "watershed-two-regions") -> None:
        self.lung_method = lung_method
        self.asked: list[NDArray[np.float32]] = []

    def volume_inputs(self, case_id: str, scan: Scan) -> Mapping[str, VolumeInput]:
        volume = np.stack([np.ones(SIZE), np.full(SIZE, 7.0)]).astype(np.float32)
        return {
            name: VolumeInput(
                volume,
                lambda x, part=part: self._answer(x, part),
                BOX,
                black=-1.0,
                hidden="the picture; the mask stays",
            )
            for name, part in REGIONS.items()
        }

    def _answer(self, volumes: NDArray[np.float32], part: tuple[slice, ...]) -> np.ndarray:
        self.asked.append(volumes)
        light = volumes[:, 0][:, *part].mean(axis=(1, 2, 3))  # -1 hidden, 1 shown
        share = 1 / (1 + np.exp(-4 * light))
        return np.stack([(1 - share) / 2, share, (1 - share) / 2], axis=1).astype(np.float32)

    def predict(self, scans, total=None, track=None) -> dict[str, Prediction]:
        return {name: Prediction("CAP", (0.1, 0.8, 0.1)) for name, _ in scans}

    def describe(self) -> Mapping[str, object]:
        return {"system": self.name, "model_hash": "abc", "synthetic": True}


def region_scan() -> ArrayScan:
    """14 slices of 32 × 26; the lungs are where "high" looks and a little more."""
    hu = np.full((14, 32, 26), 1000, np.int16)
    mask = np.zeros(hu.shape, bool)
    mask[2:6, 6:14, 0:10] = True
    return ArrayScan(hu, mask, (5.0, 1.0, 1.0))


def in_scan(name: str) -> tuple[slice, ...]:
    """A network's region in voxels of the scan, by the box."""
    parts = zip(REGIONS[name], BOX.low, BOX.high, SIZE, strict=True)
    return tuple(
        slice(
            int(low + part.start * (high - low) / count),
            int(np.ceil(low + part.stop * (high - low) / count)),
        )
        for part, low, high, count in parts
    )
