"""The scans of the conformance suite: small phantoms, drawn once per process, always the same."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import LabelledScan, NamedScan
from spgc.phantoms.draw import draw_phantom
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL

SEED = 2021

SIZE = 64
"""Pixels of a slice's side."""

SLICES = (6, 7)
"""By turns, so that nothing can count on scans of one length."""


_LABELS = (
    NORMAL,
    COVID19,
    CAP,
    NORMAL,
    COVID19,
    COVID19,
    CAP,
    NORMAL,
    CAP,
    COVID19,
    NORMAL,
    CAP,
    *CLASSES,
)
"""Of each scan, in the order of their IDs."""


@dataclass(frozen=True)
class DrawnScan:
    """A phantom as a preprocessed scan; hu: (S, 64, 64) int16, mask: (S, 64, 64) bool."""

    hu: NDArray[np.int16]
    mask: NDArray[np.bool_]
    spacing: tuple[float, float, float]
    key: str

    @property
    def n_slices(self) -> int:
        return len(self.hu)

    def slice(self, index: int) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        return self.hu[index].copy(), self.mask[index].copy()

    def arrays(self) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        return self.hu.copy(), self.mask.copy()


@dataclass(frozen=True)
class DrawnScans:
    """Training scans, one of them without slice labels; validation scans; scans to answer for."""

    train: Sequence[LabelledScan]
    val: Sequence[LabelledScan]
    test: Sequence[LabelledScan]

    @property
    def asked(self) -> list[NamedScan]:
        """All that the suite asks answers for: the test scans, then those of validation."""
        return [(scan.case_id, scan.scan) for scan in (*self.test, *self.val)]

    @property
    def unlabelled(self) -> list[NamedScan]:
        return [(scan.case_id, scan.scan) for scan in self.test]


@functools.cache
def cohort() -> DrawnScans:
    """9 + 3 + 3 phantoms; about two seconds the first time."""
    rng = np.random.default_rng(SEED)
    drawn = [_draw(f"case-{n:02}", label, rng, n) for n, label in enumerate(_LABELS)]
    val = [drawn.pop(n) for n in (8, 4, 0)]  # their IDs lie between those of training
    train, test = drawn[:9], drawn[9:]
    train[0] = dataclasses.replace(train[0], infected=None)
    return DrawnScans(tuple(train), tuple(val), tuple(test))


def _draw(case_id: str, label: str, rng: np.random.Generator, number: int) -> LabelledScan:
    phantom = draw_phantom(label, rng.spawn(1)[0], slices=SLICES[number % 2], size=SIZE)
    mm = phantom.pixel_mm
    scan = DrawnScan(
        phantom.hu,
        phantom.lungs,
        (phantom.slice_mm, mm, mm),
        hashlib.sha256(phantom.hu.tobytes() + phantom.lungs.tobytes()).hexdigest(),
    )
    return LabelledScan(case_id, scan, label, phantom.infected.astype(np.uint8), synthetic=True)


def with_other_labels(scans: Sequence[LabelledScan]) -> list[LabelledScan]:
    """The same scans, each of the next class: COVID-19 becomes CAP, and so on.

    Slice labels fit the new class: none is infected in a normal scan, the middle ones in others.
    """
    changed = []
    for scan in scans:
        label = CLASSES[(CLASSES.index(scan.label) + 1) % len(CLASSES)]
        infected = scan.infected
        if infected is not None:
            infected = np.zeros_like(infected)
            infected[2:4] = label != NORMAL
        changed.append(dataclasses.replace(scan, label=label, infected=infected))
    return changed
