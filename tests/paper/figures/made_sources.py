"""Sources of figures made in memory: scans of a few small slices whose pixels are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import KnownCase
from spgc.data.manifests import Case, Manifest
from spgc.paper.figures.figure_sources import Sources


@dataclass(frozen=True)
class MadeScan:
    """hu: (S, H, W) int16, mask: (S, H, W) bool, as a scan of the store gives them."""

    hu: NDArray[np.int16]
    mask: NDArray[np.bool_]
    spacing: tuple[float, float, float] = (5.0, 1.0, 2.0)
    notes: tuple[str, ...] = ()

    @property
    def n_slices(self) -> int:
        return len(self.hu)

    def slice(self, index: int) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        return self.hu[index], self.mask[index]

    def arrays(self) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        return self.hu, self.mask


def made_scan(seed: int, slices: int = 4, notes: tuple[str, ...] = ()) -> MadeScan:
    """Noise of 8 × 6 pixels; slice i has 2 + 2 i pixels of lung, so that the last has most."""
    hu = np.random.default_rng(seed).integers(-1000, 200, (slices, 8, 6)).astype(np.int16)
    mask = np.zeros((slices, 48), bool)
    for index in range(slices):
        mask[index, : 2 + 2 * index] = True
    return MadeScan(hu, mask.reshape(hu.shape), notes=notes)


@dataclass(frozen=True)
class MadeSources(Sources):
    """`made` by case ID, all of them in the validation split."""

    made: Mapping[str, tuple[MadeScan, KnownCase]] = field(default_factory=dict)

    @cached_property
    def dataset(self) -> SimpleNamespace:  # type: ignore[override]
        cases = {
            name: Case(name, case.label, "val", "made", "synthetic" if case.synthetic else "own")
            for name, (_, case) in self.made.items()
        }
        manifest = Manifest(cases)
        return SimpleNamespace(
            manifest=manifest,
            folders=dict.fromkeys(cases),
            cases=manifest.split,
            slice_labels=lambda name: self.made[name][1].infected,
        )

    def scan(self, case_id: str, lungs: str | None = None) -> tuple[MadeScan, KnownCase]:  # type: ignore[override]
        return self.made[case_id]


def known(
    name: str, label: str, infected: list[int] | None = None, *, synthetic: bool = False
) -> KnownCase:
    marks = None if infected is None else np.array(infected, np.uint8)
    return KnownCase(name, label, marks, synthetic)
