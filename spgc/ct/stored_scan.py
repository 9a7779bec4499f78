"""One scan of the slice store, as it is read: facts at once, arrays slice by slice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from spgc.ct.bits import Mask
from spgc.errors import StoreError

ARRAYS, FACTS = "arrays.zarr", "scan.json"
"""What a scan's folder holds."""

_FACTS = {"case_id", "key", "spacing", "positions", "notes", "bytes"}


@dataclass(frozen=True)
class StoredScan:
    """One scan of the store; the arrays are read when asked for.

    spacing: (z, y, x) mm; positions: (S,) mm along the slice normal, growing to the head.
    """

    case_id: str
    key: str
    spacing: tuple[float, float, float]
    positions: NDArray[np.float64]
    notes: tuple[str, ...]
    folder: Path

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
        with _damage_named(self.folder):
            return np.asarray(self._group["hu"][index]), np.asarray(self._group["mask"][index])

    def arrays(self) -> tuple[NDArray[np.int16], Mask]:
        """The whole scan: (S, H, W) int16 HU and (S, H, W) bool. Raises StoreError."""
        with _damage_named(self.folder):
            return np.asarray(self._group["hu"][:]), np.asarray(self._group["mask"][:])

    @cached_property
    def _group(self) -> Mapping[str, Any]:
        group = zarr.open_group(self.folder / ARRAYS, mode="r")
        return {name: group[name] for name in ("hu", "mask")}


def open_scan(folder: Path) -> StoredScan:
    """The scan in `folder`. Raises StoreError when it is not there or damaged."""
    facts = read_facts(folder)
    return StoredScan(
        case_id=str(facts["case_id"]),
        key=str(facts["key"]),
        spacing=tuple(facts["spacing"]),
        positions=np.array(facts["positions"], np.float64),
        notes=tuple(facts["notes"]),
        folder=folder,
    )


def array_sizes(folder: Path) -> dict[str, int]:
    """Bytes of each file of the scan's arrays, by its path within them."""
    files = sorted(path for path in (folder / ARRAYS).rglob("*") if path.is_file())
    return {path.relative_to(folder / ARRAYS).as_posix(): path.stat().st_size for path in files}


def read_facts(folder: Path) -> dict[str, Any]:
    """The content of `scan.json`. Raises StoreError when it is missing or not what it should be."""
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        if facts.keys() >= _FACTS:
            return dict(facts)
    except FileNotFoundError as error:
        raise StoreError(
            "scan is not in the slice store",
            where=folder,
            do="run `spgc preprocess`",
        ) from error
    except (OSError, ValueError, AttributeError) as error:
        raise _damaged(folder) from error
    raise _damaged(folder)


@contextmanager
def _damage_named(folder: Path) -> Iterator[None]:
    """Zarr and its codecs raise many types for damaged files: all mean one thing."""
    try:
        yield
    except Exception as error:
        raise _damaged(folder) from error


def _damaged(folder: Path) -> StoreError:
    return StoreError(
        "scan in the slice store is damaged",
        where=folder,
        expected="readable arrays and scan.json",
        do="delete this folder and run `spgc preprocess` again",
    )
