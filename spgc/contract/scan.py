"""A preprocessed scan as systems see it, with and without what is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spgc.protocol import CLASSES, NORMAL


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


def in_case_order(scans: Iterable[LabelledScan]) -> list[LabelledScan]:
    """The scans by case ID: sums over them no longer depend on how a data set lists them."""
    return sorted(scans, key=lambda scan: scan.case_id)


@dataclass(frozen=True)
class KnownCase:
    """What is known of a scan besides its pictures.

    label: its class, None when unknown; infected: (S,) uint8 slice labels, None where nobody
    labelled the slices.
    """

    case_id: str
    label: str | None = None
    infected: NDArray[np.uint8] | None = None
    synthetic: bool = False

    def slice_truth(self, index: int) -> int | None:
        """Class index of a slice where it is known: that of the scan if infected, else normal."""
        if self.label is None:
            return None
        if self.label == NORMAL:
            return CLASSES.index(NORMAL)
        if self.infected is None:
            return None
        return CLASSES.index(self.label if self.infected[index] else NORMAL)

    def is_infected(self, index: int) -> bool | None:
        """Whether a radiologist marked the slice; None where nobody looked."""
        return None if self.infected is None else bool(self.infected[index])
