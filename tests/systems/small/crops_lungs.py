"""A system that says which volumes its networks read, as `spgc view` asks: the lungs' box."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from spgc.contract.scan import Scan
from spgc.contract.system import NO_OPTIONS, Options, RunSettings
from spgc.contract.volumes import VolumeBox
from spgc.nets.volumes.volume_spec import PreparedVolume, VolumeSpec

SIZE = (6, 10, 8)


class CropsLungs:
    """Untrained: no more than what `spgc view --volume` needs."""

    name = "crops-lungs"
    lung_method = "watershed-two-regions"

    @classmethod
    def create(cls, options: Options = NO_OPTIONS, run: RunSettings | None = None) -> CropsLungs:
        return cls()

    @property
    def volume_spec(self) -> VolumeSpec:
        return VolumeSpec(SIZE, 2, {"one": 3}, self.prepare, "the lungs' box, nearest voxels")

    def prepare(self, scan: Scan) -> PreparedVolume:
        hu, mask = scan.arrays()
        low, high = zip(*map(_extent, np.nonzero(mask)), strict=True)
        voxels = [
            np.floor(a + (np.arange(count) + 0.5) * (b - a) / count).astype(int)
            for a, b, count in zip(low, high, SIZE, strict=True)
        ]
        parts = ((hu[np.ix_(*voxels)] + 1000) / 1000, mask[np.ix_(*voxels)])
        box = VolumeBox(low, high)
        return PreparedVolume(np.stack(parts).astype(np.float16), box, "made up by a rule")

    def describe(self) -> Mapping[str, object]:
        return {"system": self.name}


def _extent(places: np.ndarray) -> tuple[float, float]:
    return float(places.min()), float(places.max() + 1)
