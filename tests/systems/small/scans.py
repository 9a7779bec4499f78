"""Scans in memory: two boxes of lung whose density differs by class."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import LabelledScan
from spgc.protocol import CAP, CLASSES, COVID19


@dataclass(frozen=True)
class ArrayScan:
    """A scan that has been read already: hu (S, H, W) int16, mask (S, H, W) bool."""

    hu: NDArray[np.int16]
    mask: NDArray[np.bool_]
    spacing: tuple[float, float, float] = (5.0, 2.0, 2.0)

    @property
    def n_slices(self) -> int:
        return len(self.hu)

    @property
    def key(self) -> str:
        return hashlib.sha256(self.hu.tobytes() + self.mask.tobytes()).hexdigest()

    def slice(self, index: int) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        return self.hu[index], self.mask[index]

    def arrays(self) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        return self.hu, self.mask


def array_scan(label: str, seed: int, slices: int = 9) -> tuple[ArrayScan, NDArray[np.uint8]]:
    """A scan of a class and its slice labels: diffuse haze low down, or one dense block."""
    rng = np.random.default_rng(seed)
    hu = np.full((slices, 20, 24), 40.0)
    mask = np.zeros(hu.shape, bool)
    mask[:, 4:16, 3:10] = mask[:, 4:16, 14:21] = True
    hu[mask] = rng.normal(-850, 30, int(mask.sum()))
    infected = np.zeros(slices, np.uint8)
    if label == COVID19:
        infected[slices // 2 :] = 1
        hu[slices // 2 :][mask[slices // 2 :]] += 220
    elif label == CAP:
        infected[1 : 1 + slices // 2] = 1
        hu[1 : 1 + slices // 2, 4:16, 3:8] = rng.normal(-80, 30, (slices // 2, 12, 5))
    return ArrayScan(hu.astype(np.int16), mask), infected


def array_cohort(per_class: int, seed: int, labelled: int = 99) -> list[LabelledScan]:
    """`per_class` scans of each class; slices are labelled in the first `labelled` of each."""
    scans = []
    for number, label in enumerate(CLASSES):
        for index in range(per_class):
            scan, infected = array_scan(label, 1000 * seed + 100 * number + index)
            marks = infected if index < labelled else None
            scans.append(LabelledScan(f"{label}-{seed}-{index}", scan, label, marks, True))
    return scans
