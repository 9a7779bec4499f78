"""Slices of many scans as batches of one fixed size.

A batch may end one scan and begin the next, so short scans fill it too. The last batch is filled
up with blank slices: every batch then runs the same code path of the engine, and what shares a
batch changes an answer by rounding in the last place at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import Scan
from spgc.jobs.stages import Stages
from spgc.nets.engines.contract import BatchOwner, ScanBatch
from spgc.nets.slices.slice_places import EXTRA_INPUTS, position_inputs
from spgc.nets.slices.spec import SliceSpec


def slice_batches(
    scans: Iterable[tuple[str, Scan]],
    sizes: Iterable[int],
    spec: SliceSpec,
    batch: int,
    stages: Stages | None = None,
) -> Iterator[ScanBatch]:
    """Batches of `batch` slices from all `scans`, each scan read once and then let go."""
    stages = stages or Stages()
    wanted = sorted(set(sizes))
    filling = _Filling(wanted, batch)
    for case_id, scan in scans:
        with stages.of("reading the store", scan.n_slices):
            hu, masks = scan.arrays()
        owner = BatchOwner(case_id, scan.key, len(hu))
        for start in range(0, len(hu), batch):
            window = slice(start, start + batch)
            with stages.of("scaling slices", len(hu[window])):
                images = {size: spec.images(hu[window], masks[window], size) for size in wanted}
            for row in range(len(hu[window])):
                position = position_inputs(start + row, len(hu))
                if filling.add({size: rows[row] for size, rows in images.items()}, position, owner):
                    yield filling.taken()
    if filling.owners:
        yield filling.taken()


class _Filling:
    """A batch on its way to being full."""

    def __init__(self, sizes: list[int], batch: int) -> None:
        self._sizes, self._batch = sizes, batch
        self._empty()

    def _empty(self) -> None:
        shape = (self._batch, 3)
        self.images = {s: np.zeros((*shape, s, s), np.float32) for s in self._sizes}
        self.positions = np.zeros((self._batch, EXTRA_INPUTS), np.float32)
        self.owners: list[BatchOwner] = []

    def add(
        self,
        images: dict[int, NDArray[np.float32]],
        position: tuple[float, float],
        owner: BatchOwner,
    ) -> bool:
        """Add one slice; whether the batch is full."""
        row = len(self.owners)
        for size, image in images.items():
            self.images[size][row] = image
        self.positions[row] = position
        self.owners.append(owner)
        return len(self.owners) == self._batch

    def taken(self) -> ScanBatch:
        """The batch; a new one begins."""
        batch = ScanBatch(self.images, self.positions, tuple(self.owners))
        self._empty()
        return batch
