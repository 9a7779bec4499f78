"""The random numbers of the team's preprocessing: drawn by a scan's key, or fixed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import Scan

MIDDLE = 0.5
"""Every u of prediction, where their code draws: steps of 2 and 0.55, seven eighths in plane."""

DEGREES, MOST_TURNS = 3, 4
"""A copy is turned by a whole number of times 3°, at most four to either side."""


@dataclass(frozen=True)
class ResamplingDraw:
    """What is drawn for a scan.

    plane, depth, crop: u in [0, 1] of the steps in plane and in depth and of the crop; degrees: by
    which the finished volume is turned about z; flipped: whether its rows are turned round, front
    to back, after that.
    """

    plane: float = MIDDLE
    depth: float = MIDDLE
    crop: float = MIDDLE
    degrees: float = 0.0
    flipped: bool = False

    @property
    def plane_step(self) -> float:
        """Pixels from one resampled pixel to the next; mm play no part."""
        return 1.7 + 0.6 * self.plane

    @property
    def depth_step(self) -> float:
        """Slices from one resampled slice to the next."""
        return 0.45 + 0.2 * self.depth

    @property
    def cropped(self) -> float:
        """Share of the resampled plane's sides that is kept."""
        return 1 - 0.25 * self.crop


def learnt_draw(seed: int, key: str, copy: int, flip: float) -> ResamplingDraw:
    """What is drawn for copy `copy` of a scan to learn from; 0 is the scan itself.

    All copies share what the scan is resampled by. Copy 1 is turned; copy 2 is as well, and not
    cropped in plane. flip: how often a copy is flipped, never copy 0.
    """
    plane, depth, crop = _random(f"{seed}|{key}|learnt").random(3).tolist()
    if copy == 0:
        return ResamplingDraw(plane, depth, crop)
    random = _random(f"{seed}|{key}|copy {copy}")
    turns = int(random.integers(-MOST_TURNS, MOST_TURNS + 1))
    flipped = bool(random.random() < flip)
    return ResamplingDraw(plane, depth, crop if copy == 1 else 0.0, DEGREES * turns, flipped)


def answered_draw(key: str, number: int) -> ResamplingDraw:
    """Draw `number` of those whose answers are averaged, by the scan's key alone."""
    return ResamplingDraw(*_random(f"{key}|answer {number}").random(3).tolist())


def _random(words: str) -> np.random.Generator:
    return np.random.default_rng(list(hashlib.sha256(words.encode()).digest()))


@dataclass(frozen=True)
class ScanAsDrawn:
    """A scan together with what is drawn for it, under a key of its own."""

    scan: Scan
    draw: ResamplingDraw

    @property
    def n_slices(self) -> int:
        return self.scan.n_slices

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.scan.key}|{self.draw}".encode()).hexdigest()

    @property
    def spacing(self) -> tuple[float, float, float]:
        return self.scan.spacing

    def slice(self, index: int) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        return self.scan.slice(index)

    def arrays(self) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        return self.scan.arrays()
