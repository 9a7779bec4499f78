"""Reading one scan of the slice store: facts at once, arrays slice by slice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
from spgc.files.hashes import facts_digest, file_hash
from spgc.files.json_documents import MAX_FACTS, read_json

ARRAYS, FACTS = "arrays.zarr", "scan.json"
"""What a scan's folder holds."""


_FACTS = {"case_id", "key", "spacing", "positions", "notes", "bytes"}
_DIGESTS = {"sha256", "digest"}


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
        """Both arrays, once what describes them is known to be as it was written."""
        facts = read_facts(self.folder)
        if (facts["case_id"], facts["key"]) != (self.case_id, self.key):
            raise damaged(self.folder, "another scan has taken its place")
        _check_sizes(self.folder, facts)  # to Zarr, a missing file holds zeroes
        _check_digests(self.folder, facts, only=_describes)
        group = zarr.open_group(self.folder / ARRAYS, mode="r")
        arrays: dict[str, Any] = {name: group[name] for name in ("hu", "mask")}
        shapes = {array.shape for array in arrays.values()}
        if len(shapes) != 1 or shapes.pop()[0] != self.n_slices:
            raise ValueError("arrays of another shape")
        return arrays


def open_scan(folder: Path) -> StoredScan:
    """The scan in `folder`. Raises StoreError when it is not there or damaged."""
    facts = read_facts(folder)
    try:
        z, y, x = map(float, facts["spacing"])
        return StoredScan(
            case_id=str(facts["case_id"]),
            key=str(facts["key"]),
            spacing=(z, y, x),
            positions=np.array(facts["positions"], np.float64).reshape(-1),
            notes=tuple(map(str, facts["notes"])),
            folder=folder,
        )
    except (ValueError, TypeError) as error:
        raise damaged(folder, f"{FACTS}: {error}") from error


def verify_scan(folder: Path) -> dict[str, Any]:
    """The facts of the scan in `folder`, every byte of it compared with what was written.

    Raises StoreError when it is not there, damaged, or was stored without digests.
    """
    facts = read_facts(folder)
    _check_sizes(folder, facts)
    _check_digests(folder, facts)
    return facts


def _check_sizes(folder: Path, facts: Mapping[str, Any]) -> None:
    try:
        sizes = array_sizes(folder)
    except OSError as error:
        raise damaged(folder, error.strerror) from error
    if facts["bytes"] != sizes:
        raise damaged(folder, "files that are missing, cut or too many")


def _check_digests(
    folder: Path, facts: Mapping[str, Any], only: Callable[[str], bool] = lambda _: True
) -> None:
    for name, digest in facts["sha256"].items():
        if not only(name):
            continue
        try:
            same = file_hash(folder / ARRAYS / name) == digest
        except OSError as error:
            raise damaged(folder, f"{name}: {error.strerror}") from error
        if not same:
            raise damaged(folder, f"{name} is not as it was written")


def _describes(name: str) -> bool:
    """Whether a file of the arrays tells what the others hold; those have checksums inside."""
    return name.endswith(".json")


def array_sizes(folder: Path) -> dict[str, int]:
    """Bytes of each file of the scan's arrays, by its path within them."""
    return {name: path.stat().st_size for name, path in _array_files(folder).items()}


def array_digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of the scan's arrays, by its path within them."""
    return {name: file_hash(path) for name, path in _array_files(folder).items()}


def _array_files(folder: Path) -> dict[str, Path]:
    files = sorted(path for path in (folder / ARRAYS).rglob("*") if path.is_file())
    return {path.relative_to(folder / ARRAYS).as_posix(): path for path in files}


def read_facts(folder: Path) -> dict[str, Any]:
    """The content of `scan.json`. Raises StoreError when it is missing or not as it was written."""
    try:
        facts = dict(read_json(folder / FACTS, MAX_FACTS))
    except FileNotFoundError as error:
        if folder.is_dir():
            raise damaged(folder, f"no {FACTS}") from error
        raise StoreError(
            "scan is not in the slice store",
            where=folder,
            do="run `spgc preprocess`",
        ) from error
    except OSError as error:
        raise damaged(folder, f"{FACTS}: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise damaged(folder, f"{FACTS}: not what was written") from error
    if not facts.keys() >= _FACTS:
        raise damaged(folder, f"{FACTS}: not what was written")
    if not facts.keys() >= _DIGESTS:
        raise damaged(folder, "no digests: stored by an older spgc, it can't be checked")
    if facts["digest"] != facts_digest(facts) or not isinstance(facts["sha256"], dict):
        raise damaged(folder, f"{FACTS} is not as it was written")
    return facts


@contextmanager
def _damage_named(folder: Path) -> Iterator[None]:
    """Zarr and its codecs raise many types for damaged files: all mean one thing."""
    try:
        yield
    except StoreError:
        raise
    except Exception as error:
        raise damaged(folder, f"{type(error).__name__} while reading slices") from error


def damaged(folder: Path, found: str | None) -> StoreError:
    """The error for a scan that is not as it was stored."""
    return StoreError(
        "scan in the slice store is damaged",
        where=folder,
        found=found,
        expected="what was stored",
        do="run `spgc preprocess`, which makes it again from its files",
    )
