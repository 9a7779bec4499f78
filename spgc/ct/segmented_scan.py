"""A scan in memory with its lung masks, as systems take it: no slice store needed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spgc.ct.bits import Mask
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.series import Volume
from spgc.errors import StoreError


@dataclass(frozen=True)
class SegmentedScan:
    """hu: (S, H, W) int16, head to feet; mask: (S, H, W) bool; spacing: mm (z, y, x)."""

    hu: NDArray[np.int16]
    mask: Mask
    spacing: tuple[float, float, float]
    key: str

    @property
    def n_slices(self) -> int:
        return len(self.hu)

    def slice(self, index: int) -> tuple[NDArray[np.int16], Mask]:
        """Slice `index` from the head, as copies. Raises StoreError where there is none."""
        if not 0 <= index < self.n_slices:
            raise StoreError("no such slice", found=index, expected=f"0 to {self.n_slices - 1}")
        return self.hu[index].copy(), self.mask[index].copy()

    def arrays(self) -> tuple[NDArray[np.int16], Mask]:
        """The whole scan, as copies."""
        return self.hu.copy(), self.mask.copy()


def segmented(volume: Volume, settings: PreprocessSettings, threads: int = 1) -> SegmentedScan:
    """A scan with lung masks as the settings say."""
    made = f"{settings.lung_method} {settings.lung_weights} {volume.spacing} {volume.hu.shape} "
    key = hashlib.sha256(made.encode() + np.ascontiguousarray(volume.hu).tobytes()).hexdigest()
    return SegmentedScan(volume.hu, settings.masks(volume, threads), volume.spacing, key)
