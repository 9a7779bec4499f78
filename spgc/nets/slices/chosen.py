"""Some slices of a scan as a scan of their own, for systems that look at a part only."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import Scan


@dataclass(frozen=True)
class ChosenSlices:
    """The slices `indices` of `scan`, numbered anew from 0 in their order.

    Its key tells it from the whole scan and from any other choice; `spacing` is that of the scan,
    whichever slices lie between the chosen ones.
    """

    scan: Scan
    indices: tuple[int, ...]

    @property
    def n_slices(self) -> int:
        return len(self.indices)

    @property
    def key(self) -> str:
        chosen = ",".join(map(str, self.indices))
        return hashlib.sha256(f"{self.scan.key}|slices {chosen}".encode()).hexdigest()

    @property
    def spacing(self) -> tuple[float, float, float]:
        return self.scan.spacing

    def slice(self, index: int) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        return self.scan.slice(self.indices[index])

    def arrays(self) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        """Read whole where most slices are wanted, otherwise slice by slice."""
        if 2 * len(self.indices) > self.scan.n_slices:
            hu, mask = self.scan.arrays()
            return hu[list(self.indices)], mask[list(self.indices)]
        slices = [self.scan.slice(index) for index in self.indices]
        return np.stack([hu for hu, _ in slices]), np.stack([mask for _, mask in slices])


@dataclass(frozen=True)
class ScanInMemory:
    """A scan whose arrays are in memory, so that choosing slices by what they show reads it once.

    hu, mask: what `scan.arrays()` gave.
    """

    scan: Scan
    hu: NDArray[np.int16]
    mask: NDArray[np.bool_]

    @property
    def n_slices(self) -> int:
        return len(self.hu)

    @property
    def key(self) -> str:
        return self.scan.key

    @property
    def spacing(self) -> tuple[float, float, float]:
        return self.scan.spacing

    def slice(self, index: int) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        return self.hu[index], self.mask[index]

    def arrays(self) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        return self.hu, self.mask


def in_memory(scan: Scan) -> ScanInMemory:
    """`scan` with its arrays in memory."""
    return ScanInMemory(scan, *scan.arrays())


def chosen_slices(scan: Scan, indices: Sequence[int]) -> Scan:
    """`scan` itself where all its slices are chosen in their order, otherwise the choice.

    Raises ValueError for a slice that it does not have, or none.
    """
    if not indices or min(indices) < 0 or max(indices) >= scan.n_slices:
        raise ValueError(f"slices {list(indices)} of {scan.n_slices}")
    if list(indices) == list(range(scan.n_slices)):
        return scan
    return ChosenSlices(scan, tuple(map(int, indices)))
