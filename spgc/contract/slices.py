"""Systems that answer for single slices, and what can be asked of their slice classifiers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from spgc.contract.abilities import require
from spgc.contract.scan import Scan
from spgc.contract.system import System


@runtime_checkable
class SliceModel(Protocol):
    """A system that also answers for single slices: `spgc predict --slices` asks for that."""

    def slice_probabilities(self, case_id: str, scan: Scan) -> Mapping[str, NDArray[np.float32]]:
        """(S, 3) in `CLASSES` order by the name of each slice classifier, slices head to feet."""


@dataclass(frozen=True)
class SliceInput:
    """What one slice classifier gets of one slice, and the classifier itself as a plain function.

    image: (C, H, W) float32, the part of the input that is a picture. answer: such pictures
    (B, C, H, W) float32 to probabilities (B, 3) in `CLASSES` order, all else that the classifier
    knows of the slice (its place in the scan, say) staying as it is. black: what a hidden pixel
    becomes in every channel. hidden: in words, what is hidden and what is not.
    """

    image: NDArray[np.float32]
    answer: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    black: float = 0.0
    hidden: str = ""


@runtime_checkable
class ExplainableSlices(Protocol):
    """A slice model whose classifiers can be asked about changed pictures: `spgc explain` does."""

    def slice_inputs(self, scan: Scan, index: int) -> Mapping[str, SliceInput]:
        """Slice `index`, 0 at the head, by the names that `slice_probabilities` uses."""


@runtime_checkable
class ShowsSomeSlices(Protocol):
    """A system whose slice networks are shown a part of a scan's slices only."""

    def slices_shown(self, count: int) -> int:
        """How many slices of a scan that has `count` its networks are shown, at most."""


def slices_shown(system: object, count: int) -> int:
    """How many slices of a scan that has `count` the networks are shown, at most; else all."""
    return system.slices_shown(count) if isinstance(system, ShowsSomeSlices) else count


def slice_model(system: System) -> SliceModel:
    """The system as one that answers for slices. Raises UsageError when it doesn't."""
    return require(
        system,
        SliceModel,
        "answers for whole scans only",
        expected="a system with a slice model",
        do="leave out --slices",
    )
