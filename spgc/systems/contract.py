"""What every challenge system keeps: fit on scans with labels, predict scans, describe itself.

A scan is anything with `Scan`'s attributes, whole volumes included, so that slice classifiers and
3-D networks fit the same contract. Systems are keyed by case ID throughout, never by row order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spgc.progress import Track, silent


class Scan(Protocol):
    """One preprocessed scan, slices numbered head to feet."""

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


@dataclass(frozen=True)
class Prediction:
    """A system's answer for one scan; `probabilities` in `CLASSES` order, or None."""

    label: str
    probabilities: tuple[float, float, float] | None = None


class System(Protocol):
    """A challenge system.

    `fit` writes a model folder that `load` reads back; it must go on from where it was stopped
    when it is called again with the same arguments.
    """

    name: str

    def fit(
        self,
        train: Sequence[LabelledScan],
        val: Sequence[LabelledScan],
        folder: Path,
        track: Track = silent,
    ) -> None: ...

    def predict(
        self, scans: Iterable[tuple[str, Scan]], total: int | None = None, track: Track = silent
    ) -> Mapping[str, Prediction]: ...

    def describe(self) -> Mapping[str, Any]:
        """Name, configuration and what it was trained on, ready for JSON."""
