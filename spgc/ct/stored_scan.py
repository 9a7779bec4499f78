"""Reading one scan of the slice store: facts at once, arrays slice by slice."""

from __future__ import annotations

import math
import sys
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
from spgc.ct.size_limits import MAX_PIXELS, MAX_VOXELS
from spgc.ct.store_entry import (
    ARRAYS,
    FACTS,
    NOT_AS_WRITTEN,
    StoreEntry,
    check_described,
    damage_named,
    damaged,
    open_array,
)
from spgc.errors import StoreError

HU, MASK = "hu", "mask"
"""Names of the arrays."""

KINDS = {HU: np.dtype(np.int16), MASK: np.dtype(np.bool_)}
"""Their types."""

VOLUME_FACTS = frozenset({"spacing", "positions", "notes"})
"""What is told of a volume besides what is told of every entry."""

VOXELS = "voxels"
"""Under which its `voxel_digest` is told, but of volumes that an older spgc stored."""


@dataclass(frozen=True)
class StoredScan:
    """One scan of the store; the arrays are read when asked for.

    spacing: (z, y, x) mm; positions: (S,) mm along the slice normal, growing to the head; mask,
    volume: where the arrays lie, one entry for both in stores of the layout before this; voxels:
    its `voxel_digest`, empty where the store does not tell it.
    """

    spacing: tuple[float, float, float]
    positions: NDArray[np.float64]
    notes: tuple[str, ...]
    mask: StoreEntry
    volume: StoreEntry
    voxels: str = ""

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
        return self._hu.read(), self._mask.read()

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
        self, entry: StoreEntry, name: str, slices: int | None, shape: tuple[int, ...] | None = None
    ) -> None:
        self.folder = entry.folder
        with damage_named(self.folder):
            self._stamp = self._stamped()
            facts = entry.facts()
            check_described(self.folder, facts)
            self._slices = single_slices(self.folder / ARRAYS / name, _files(facts, name))
            if self._slices is None and sys.byteorder == "little":
                raise ValueError("an array in another form")
            self._array: Any = self._slices or open_array(self.folder, name)
            self.shape: tuple[int, ...] = self._array.shape
            first = self.shape[0] if slices is None else slices
            wanted = shape or (first, *self.shape[1:])
            if self.shape != wanted or not is_scan_shape(self.shape):
                raise ValueError("an array of another shape")
            if self._array.dtype != KINDS[name]:
                raise ValueError("an array of another type")

    def read(self, which: int | None = None) -> Any:
        """One slice or all. Raises StoreError for a damaged one."""
        with damage_named(self.folder):
            if self._slices is None:
                values = np.asarray(self._array[slice(None) if which is None else which])
            elif which is None:
                values = self._slices.read_all()
            else:
                values = self._slices.read(which)
            if self._stamped() != self._stamp:  # what was read may be of two scans
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
    return StoredScan(*volume_told(told, volume), mask, volume, str(told.get(VOXELS, "")))


def open_volume(volume: StoreEntry) -> Volume:
    """A stored volume as it was read from its files. Raises StoreError as `open_scan` does."""
    facts = volume.facts(VOLUME_FACTS)
    spacing, positions, notes = volume_told(facts, volume)
    return Volume(_Array(volume, HU, len(positions)).read(), spacing, positions, notes)


def holds_mask(mask: StoreEntry, shape: tuple[int, ...]) -> bool:
    """Whether an entry holds a mask for a volume of this shape, every byte as it was written."""
    try:
        mask.verify()
        _Array(mask, MASK, shape[0], shape)
    except StoreError:
        return False
    return True


def is_whole_scan(facts: Mapping[str, Any]) -> bool:
    """Whether an entry holds volume and mask in one, as in stores of the layout before this."""
    return facts.keys() >= VOLUME_FACTS


def is_scan_shape(shape: tuple[int, ...]) -> bool:
    """Whether an array of this shape can be one scan: any size may stand in a header."""
    small = len(shape) == 3 and math.prod(shape) <= MAX_VOXELS
    return small and min(shape) > 0 and math.prod(shape[1:]) <= MAX_PIXELS


def _files(facts: Mapping[str, Any], name: str) -> frozenset[int]:
    """The numbers of the files in which slices of an array lie, by what was written."""
    ways = (way.split("/") for way in facts["bytes"])
    return frozenset(
        int(way[2]) for way in ways if way[:2] == [name, "c"] and way[3:] == ["0", "0"]
    )


def volume_told(
    facts: Mapping[str, Any], entry: StoreEntry
) -> tuple[tuple[float, float, float], NDArray[np.float64], tuple[str, ...]]:
    """Spacing, positions and notes. Raises StoreError when they are not what was written."""
    if not facts.keys() >= VOLUME_FACTS:
        raise damaged(entry.folder, NOT_AS_WRITTEN)
    try:
        z, y, x = map(float, facts["spacing"])
        positions = np.array(facts["positions"], np.float64).reshape(-1)
        places = len(positions) > 0 and np.isfinite(positions).all()
        if not (places and all(0 < step < math.inf for step in (z, y, x))):
            raise ValueError("places that are no numbers in mm")
        if not isinstance(facts["notes"], list):
            raise TypeError("notes that are no list")
        return (z, y, x), positions, tuple(map(str, facts["notes"]))
    except (ValueError, TypeError, OverflowError) as error:
        raise damaged(entry.folder, f"{FACTS}: {error}") from error
