"""A preprocessed scan as systems see it, with and without what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Scan(Protocol):
    """One preprocessed scan, slices numbered head to feet; arrays are read when asked for."""

    @property
    def n_slices(self) -> int: ...

    @property
    def key(self) -> str:
        """Hash of the scan's files and of how they were preprocessed."""

    @property
    def spacing(self) -> tuple[float, float, float]:
        """mm (z, y, x)"""

    def slice(self, index: int) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        """HU and lung mask of one slice, (H, W) each."""

    def arrays(self) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        """HU and lung mask of the whole scan, (S, H, W) each."""


NamedScan = tuple[str, Scan]
"""A case ID and its scan."""


@dataclass(frozen=True)
class LabelledScan:
    """A scan to learn from.

    `infected: (S,) uint8` marks infected slices, or is None where nobody labelled the slices.
    `synthetic` is true for phantoms, and a model trained on one says so.
    """

    case_id: str
    scan: Scan
    label: str
    infected: NDArray[np.uint8] | None = None
    synthetic: bool = False
