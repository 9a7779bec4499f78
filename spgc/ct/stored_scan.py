"""Reading one scan of the slice store: facts at once, arrays slice by slice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.ct.bits import Mask
from spgc.ct.series import Volume
from spgc.ct.single_slices import single_slices
from spgc.ct.store_entry import (
    ARRAYS,
    FACTS,
    NOT_AS_WRITTEN,
    StoreEntry,
    damage_named,
    damaged,
    open_array,
)
from spgc.errors import StoreError

HU, MASK = "hu", "mask"
"""Names of the arrays."""

VOLUME_FACTS = frozenset({"spacing", "positions", "notes"})
"""What is told of a volume besides what is told of every entry."""


@dataclass(frozen=True)
class StoredScan:
    """One scan of the store; the arrays are read when asked for.

    spacing: (z, y, x) mm; positions: (S,) mm along the slice normal, growing to the head; mask,
    volume: where the arrays lie, one entry for both in stores of the layout before this.
    """

    spacing: tuple[float, float, float]
    positions: NDArray[np.float64]
    notes: tuple[str, ...]
    mask: StoreEntry
    volume: StoreEntry

    @property
    def case_id(self) -> str:
        return self.mask.case_id

    @property
    def key(self) -> str:
        return self.mask.key

    @property
    def folder(self) -> Path:
        return self.mask.folder

    @property
    def n_slices(self) -> int:
        return len(self.positions)

    def slice(self, index: int) -> tuple[NDArray[np.int16], Mask]:
        """Slice `index` from the head: (H, W) int16 HU and (H, W) bool. Raises StoreError."""
        if not 0 <= index < self.n_slices:
            raise StoreError(
                "no such slice",
                where=self.case_id,
                found=index,
                expected=f"0 to {self.n_slices - 1}",
            )
        return self._hu.read(index), self._mask.read(index)

    def arrays(self) -> tuple[NDArray[np.int16], Mask]:
        """The whole scan: (S, H, W) int16 HU and (S, H, W) bool. Raises StoreError."""
        return self._hu.read(slice(None)), self._mask.read(slice(None))

    @cached_property
    def _hu(self) -> _Array:
        return _Array(self.volume, HU, self.n_slices)

    @cached_property
    def _mask(self) -> _Array:
        return _Array(self.mask, MASK, self.n_slices, self._hu.shape)


class _Array:
    """An array of `slices` slices of an entry, of a certain shape where one is given.

    Raises StoreError when it is not, or the entry is damaged.
    """

    def __init__(
        self, entry: StoreEntry, name: str, slices: int, shape: tuple[int, ...] | None = None
    ) -> None:
        self.folder = entry.folder
        with damage_named(self.folder):
            self._stamp = self._stamped()
            self._array = open_array(self.folder, entry.facts(), name)
            self.shape: tuple[int, ...] = self._array.shape
            if self.shape != (shape or (slices, *self.shape[1:])):
                raise ValueError("an array of another shape")
            self._singly = single_slices(self._array, self.folder / ARRAYS / name)

    def read(self, which: int | slice) -> Any:
        """One slice or several. Raises StoreError for a damaged one."""
        with damage_named(self.folder):
            values = None
            if self._singly is not None and not isinstance(which, slice):
                values = self._singly.read(which)
            if values is None:
                values = np.asarray(self._array[which])
            if self._stamped() != self._stamp:  # to Zarr, a file that has gone holds zeroes
                raise damaged(self.folder, "another scan has taken its place")
            return values

    def _stamped(self) -> tuple[int, int]:
        """What changes when another entry takes this one's place."""
        found = (self.folder / FACTS).stat()
        return found.st_ino, found.st_mtime_ns


def open_scan(
    mask: StoreEntry,
    volume: StoreEntry,
    facts: Mapping[str, Any] | None = None,
    told: Mapping[str, Any] | None = None,
) -> StoredScan:
    """The scan of a mask and its volume. Raises StoreError when one is not there or damaged.

    facts, told: of the mask and of the volume, where they have been read already.
    """
    if facts is None:
        facts = mask.facts()
    if is_whole_scan(facts):
        volume, told = mask, facts
    elif told is None:
        told = volume.facts(VOLUME_FACTS)
    return StoredScan(*_told(told, volume), mask, volume)


def open_volume(volume: StoreEntry) -> Volume:
    """A stored volume as it was read from its files. Raises StoreError as `open_scan` does."""
    facts = volume.facts(VOLUME_FACTS)
    spacing, positions, notes = _told(facts, volume)
    return Volume(_Array(volume, HU, len(positions)).read(slice(None)), spacing, positions, notes)


def is_whole_scan(facts: Mapping[str, Any]) -> bool:
    """Whether an entry holds volume and mask in one, as in stores of the layout before this."""
    return facts.keys() >= VOLUME_FACTS


def _told(
    facts: Mapping[str, Any], entry: StoreEntry
) -> tuple[tuple[float, float, float], NDArray[np.float64], tuple[str, ...]]:
    """Spacing, positions and notes. Raises StoreError when they are not what was written."""
    if not facts.keys() >= VOLUME_FACTS:
        raise damaged(entry.folder, NOT_AS_WRITTEN)
    try:
        z, y, x = map(float, facts["spacing"])
        positions = np.array(facts["positions"], np.float64).reshape(-1)
        return (z, y, x), positions, tuple(map(str, facts["notes"]))
    except (ValueError, TypeError) as error:
        raise damaged(entry.folder, f"{FACTS}: {error}") from error
