"""The slice store: what preprocessing made of each scan, kept once and read slice by slice.

One folder a scan: `arrays.zarr`, a Zarr 3 group with the arrays `hu` and `mask`, one compressed,
checksummed chunk a slice inside one file an array; and `scan.json` with the rest. A scan is
written aside and moved in when it is whole, so a killed write leaves nothing that could be read.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec, Crc32cCodec

from spgc.ct.bits import Mask
from spgc.ct.scan import files_of
from spgc.ct.series import Volume
from spgc.errors import StoreError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

STORE_VERSION = 1
"""Part of every key: raise it when the store's form or the meaning of its arrays changes."""

ARRAYS, FACTS = "arrays.zarr", "scan.json"
"""What a scan's folder holds."""

DRAFT_SECONDS = 24 * 3600
"""Age from which a draft is taken for the leftover of a killed write and removed."""

_NAME_LENGTH = 60


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


class SliceStore:
    """Scans under `root`, one folder each. Several processes may work on one store."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def key_for(self, source: Path, settings: DataclassInstance) -> str:
        """What a scan's place in the store depends on: its files' names and bytes, the settings.

        Raises SeriesError when the scan can't be read.
        """
        digest = hashlib.sha256(json.dumps(asdict(settings), sort_keys=True).encode())
        digest.update(f"store {STORE_VERSION}".encode())
        for path in files_of(source):
            with path.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
            digest.update(f"\n{path.name}\0{content}".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def fresh(self, case_id: str, key: str) -> bool:
        """Whether the store holds this scan made from the same files with the same settings."""
        folder = self._folder(case_id)
        try:
            return bool(_read_facts(folder)["key"] == key) and (folder / ARRAYS).is_dir()
        except StoreError:
            return False

    def write(self, case_id: str, key: str, volume: Volume, mask: Mask) -> None:
        """Store a scan, replacing an older one. Raises StoreError when it can't be written."""
        draft = self._drafts / uuid.uuid4().hex
        self._sweep()
        try:
            draft.mkdir(parents=True)
            _write_arrays(draft / ARRAYS, volume.hu, mask)
            facts = {
                "case_id": case_id,
                "key": key,
                "spacing": volume.spacing,
                "positions": volume.positions.tolist(),
                "notes": volume.notes,
            }
            (draft / FACTS).write_text(json.dumps(facts, indent=1), encoding="utf-8")
            self._move_in(draft, self._folder(case_id))
        except OSError as error:
            raise StoreError(
                "can't write to the slice store",
                where=self.root,
                found=error.strerror,
                do="check free space and permissions",
            ) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    @property
    def _drafts(self) -> Path:
        return self.root / ".drafts"

    def _sweep(self) -> None:
        """Remove what killed writes left behind long ago; other processes' drafts are younger."""
        for draft in self._drafts.glob("*"):
            with suppress(OSError):
                if time.time() - draft.stat().st_mtime > DRAFT_SECONDS:
                    shutil.rmtree(draft, ignore_errors=True)

    def _move_in(self, draft: Path, place: Path) -> None:
        """Rename the draft to its place; a scan that another process put there gives way."""
        place.parent.mkdir(exist_ok=True)
        for attempts_left in (2, 1, 0):
            old = draft.with_suffix(f".old{attempts_left}")
            with suppress(FileNotFoundError):
                place.rename(old)
                shutil.rmtree(old, ignore_errors=True)
            try:
                draft.rename(place)
                return
            except OSError:
                if not (attempts_left and place.exists()):
                    raise

    def read(self, case_id: str) -> StoredScan:
        """The stored scan. Raises StoreError when it is not there or damaged."""
        folder = self._folder(case_id)
        facts = _read_facts(folder)
        return StoredScan(
            case_id=str(facts["case_id"]),
            key=str(facts["key"]),
            spacing=tuple(facts["spacing"]),
            positions=np.array(facts["positions"], np.float64),
            notes=tuple(facts["notes"]),
            folder=folder,
        )

    def cases(self) -> tuple[str, ...]:
        """IDs of the scans in the store, sorted; damaged ones are left out."""
        found = []
        for path in sorted((self.root / "scans").glob(f"*/{FACTS}")):
            try:
                found.append(str(_read_facts(path.parent)["case_id"]))
            except StoreError:
                continue
        return tuple(sorted(found))

    def _folder(self, case_id: str) -> Path:
        # IDs come from folder names and CSV files: escaped against '..' and '/', and with a
        # digest because some file systems can't tell P001 from p001.
        digest = hashlib.sha256(case_id.encode("utf-8", "surrogateescape")).hexdigest()[:8]
        name = quote(case_id, safe="", errors="replace")[:_NAME_LENGTH].replace(".", "%2E")
        return self.root / "scans" / f"{name}-{digest}"


def _write_arrays(folder: Path, hu: NDArray[np.int16], mask: Mask) -> None:
    group = zarr.open_group(folder, mode="w", zarr_format=3)
    for name, array in (("hu", hu), ("mask", mask)):
        group.create_array(
            name,
            shape=array.shape,
            dtype=array.dtype,
            chunks=(1, *array.shape[1:]),
            shards=array.shape,
            compressors=(BloscCodec(cname="lz4", clevel=5, shuffle="bitshuffle"), Crc32cCodec()),
        )[:] = array


def _read_facts(folder: Path) -> dict[str, Any]:
    """The content of `scan.json`. Raises StoreError when it is missing or not what it should be."""
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        if {"case_id", "key", "spacing", "positions", "notes"} <= facts.keys():
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
