"""Systems whose networks read whole scans, and what can be asked of such a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import Scan


@dataclass(frozen=True)
class VolumeBox:
    """The part of a scan that a volume shows, in voxels of the scan's arrays: z, y, x.

    Edges, not centres: voxel i lies from i to i + 1, and the whole of a scan (S, H, W) is
    (0, 0, 0) to (S, H, W). A box may reach beyond the scan.
    """

    low: tuple[float, float, float]
    high: tuple[float, float, float]


@dataclass(frozen=True)
class VolumeInput:
    """What one network gets of a scan, and the network itself as a plain function.

    volume: (C, D, H, W) float32, axes as the scan's: z head to feet, y, x. answer: such volumes
    (B, C, D, H, W) float32 to probabilities (B, 3) in `CLASSES` order. box: the part of the scan
    that it shows. pictures: how many of its first channels are pictures, which masks hide; the
    others, lung masks say, stay as they are. black: what a hidden voxel becomes. hidden: in words,
    what is hidden and what is not.
    """

    volume: NDArray[np.float32]
    answer: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    box: VolumeBox
    pictures: int = 1
    black: float = 0.0
    hidden: str = ""


@runtime_checkable
class ExplainableVolumes(Protocol):
    """A system whose networks can be asked about changed volumes: `spgc explain` does."""

    def volume_inputs(self, case_id: str, scan: Scan) -> Mapping[str, VolumeInput]:
        """What each network, by its name, gets of a scan."""
