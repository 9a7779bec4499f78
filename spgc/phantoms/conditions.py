"""Conditions of each split: scanner settings and what else the patients have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spgc.phantoms.scanner import Protocol

Range = tuple[float, float]


@dataclass(frozen=True)
class Grade:
    """How hard a scan is to tell.

    `severity` of infections: 1 is as published, more makes them larger and denser. `variety` of
    people and of what healthy lungs show: 1 as in life, less is easier. `extent`: share of the
    lungs (from, to) that is hazy in every scan, so that density tells little about the class
    (`extent.py`); None leaves it to the findings. `turn` (0 to 1) decides on the stage or pattern;
    None leaves it to luck.
    """

    severity: float = 1.0
    variety: float = 1.0
    extent: Range | None = None
    turn: float | None = None


@dataclass(frozen=True)
class Conditions:
    """Ranges and choices from which each scan of a split draws its own.

    `mas` reference tube current-time product; `thickness_mm` and `kernels` to choose from; `heart`
    scale of the heart; the others are shares (0 to 1) of scans with sternal wires, a pacemaker, an
    artificial valve, effusion and oedema of heart failure, motion by breathing, and compressed
    files.
    """

    mas: Range = (60.0, 80.0)
    thickness_mm: tuple[float, ...] = (2.0,)
    kernels: tuple[str, ...] = ("D40s",)
    kvp: int = 110
    heart: Range = (0.92, 1.08)
    wires: float = 0.0
    pacemaker: float = 0.0
    valve: float = 0.0
    effusion: float = 0.0
    oedema: float = 0.0
    motion: float = 0.1
    compressed: float = 1.0

    def protocol(self, rng: np.random.Generator) -> Protocol:
        """The settings of one scan."""
        return Protocol(
            mas=float(rng.uniform(*self.mas)),
            thickness=self.thickness_mm[int(rng.integers(len(self.thickness_mm)))],
            kernel=self.kernels[int(rng.integers(len(self.kernels)))],
            kvp=self.kvp,
        )
