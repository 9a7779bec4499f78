"""A body of fat with two lungs of air in it, in front of air: what lungs can be found in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import LabelledScan
from spgc.protocol import CLASSES
from tests.systems.small.scans import ArrayScan


def round_body(seed: int = 0, slices: int = 12, size: int = 40, dense: float = 0.0) -> ArrayScan:
    """Lungs that are widest in the middle slices; dense: HU added to them."""
    random = np.random.default_rng(seed)
    z, y, x = np.meshgrid(
        np.linspace(-1, 1, slices),
        np.linspace(-1, 1, size),
        np.linspace(-1, 1, size),
        indexing="ij",
    )
    hu = np.full(z.shape, -1000.0)
    hu[np.hypot(x, y) < 0.9] = 40
    radius = 0.32 * np.sqrt(np.clip(1.05 - z * z, 0, 1))
    lungs = (np.hypot(x - 0.4, y) < radius) | (np.hypot(x + 0.4, y) < radius)
    hu[lungs] = random.normal(-850 + dense, 30, int(lungs.sum()))
    return ArrayScan(hu.astype(np.int16), np.zeros(hu.shape, bool))


def without_lungs(slices: int = 5, size: int = 40) -> ArrayScan:
    """A body all of one kind."""
    hu: NDArray[np.int16] = np.full((slices, size, size), 40, np.int16)
    return ArrayScan(hu, np.zeros(hu.shape, bool))


def bodies(numbers: range) -> list[LabelledScan]:
    """Scans of each class, of different density."""
    return [
        LabelledScan(f"{label}-{n}", round_body(10 * n + k, dense=200.0 * k), label, None, True)
        for n in numbers
        for k, label in enumerate(CLASSES)
    ]
