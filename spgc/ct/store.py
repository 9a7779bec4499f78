"""The slice store: preprocessed scans on disk, kept once and read slice by slice.

One folder a scan, and in it one for each setting it was made with, named by its key:
`arrays.zarr`, a Zarr 3 group with the arrays `hu` and `mask`, one compressed, checksummed chunk a
slice, 64 to a file; and `scan.json` with the rest, the digests of all files, and a digest of
itself. It is written aside and moved in when it is whole, so a killed write leaves nothing that
could be read. Since the place follows from the content, two processes that store the same scan
can't disagree.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec, Crc32cCodec

from spgc.ct.bits import Mask
from spgc.ct.image_files import open_file
from spgc.ct.read_scan import check_before_hashing, files_of
from spgc.ct.series import Volume
from spgc.ct.stored_scan import (
    ARRAYS,
    FACTS,
    StoredScan,
    array_digests,
    array_sizes,
    damaged,
    open_scan,
    read_facts,
    verify_scan,
)
from spgc.errors import DiskFullError, SeriesError, StoreError
from spgc.files.drafts import Drafts, last_change
from spgc.files.foreign_names import folder_in, key_for
from spgc.files.hashes import facts_digest
from spgc.files.whole import write_error
from spgc.jobs.interrupts import stops_wait

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

STORE_VERSION = 3
"""Part of every key: raise it when the store's form, the meaning of its arrays or the rules by
which files become a volume change."""

FILE_SLICES = 64
"""Slices in one file: few files a scan, and the memory that writing takes doesn't grow with it."""

_SETTINGS_DIGITS, _FILES_DIGITS = 8, 16


class SliceStore:
    """Scans under `root`, one folder each. Several processes may work on one store."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def key_for(self, source: Path, settings: DataclassInstance) -> str:
        """What a scan's place in the store depends on: its files' names and bytes, the settings.

        Raises SeriesError when the scan can't be read, for what its headers show before the
        first file is hashed.
        """
        files = files_of(source)
        for path in files:
            with open_file(path):  # no larger than any scan
                pass
        check_before_hashing(source)
        made = f"store {STORE_VERSION}" + json.dumps(asdict(settings), sort_keys=True)
        digest = hashlib.sha256()
        for path in files:
            with open_file(path) as stream:
                try:
                    content = hashlib.file_digest(stream, "sha256").hexdigest()
                except OSError as error:
                    raise SeriesError(
                        "can't read a file of the scan", where=path, found=error.strerror
                    ) from error
            digest.update(f"\n{path.name}\0{content}".encode("utf-8", "surrogateescape"))
        return f"{hashlib.sha256(made.encode()).hexdigest()}-{digest.hexdigest()}"

    def fresh(self, case_id: str, key: str) -> bool:
        """Whether the store holds this scan made from the same files with the same settings.

        Every byte of it is compared with its digest: what a power cut, a full disk or a failing
        one has changed is not fresh.
        """
        folder = self.place(case_id, key)
        try:
            facts = verify_scan(folder)
        except StoreError:
            return False
        return (facts["case_id"], facts["key"]) == (case_id, key)

    def holds(self, case_id: str, key: str) -> bool:
        """Whether anything lies where this scan would, fresh or not."""
        return os.path.lexists(self.place(case_id, key))

    def write(
        self, case_id: str, key: str, volume: Volume, mask: Mask, settings: DataclassInstance
    ) -> None:
        """Store a scan, replacing what was made with the same settings from other files.

        `settings` are written down for people; `key` decides. Raises StoreError when it can't be
        written.
        """
        with self._write_errors_named(), self._drafts.new() as draft:
            with stops_wait():  # Zarr writes in threads of its own
                _write_arrays(draft / ARRAYS, volume.hu, mask)
            facts: dict[str, object] = {
                "case_id": case_id,
                "key": key,
                "settings": asdict(settings),
                "spacing": volume.spacing,
                "positions": volume.positions.tolist(),
                "notes": volume.notes,
                "bytes": array_sizes(draft),
                "sha256": array_digests(draft),
            }
            facts["digest"] = facts_digest(facts)
            (draft / FACTS).write_text(json.dumps(facts, indent=1), encoding="utf-8")
            self._move_in(draft, case_id, key)
        self.drop_outdated(case_id, key)

    def drop_outdated(self, case_id: str, key: str) -> None:
        """Remove what was made of this scan with the settings of `key`, but from other files."""
        place = self.place(case_id, key)
        same_settings = place.name[: _SETTINGS_DIGITS + 1]
        with self._write_errors_named():
            for other in place.parent.iterdir():
                if other.name.startswith(same_settings) and other.name != place.name:
                    self._drafts.discard(other)

    def claim(self, case_id: str, key: str) -> bool:
        """Tell other processes that this scan is being made; False when one said so before.

        A hint, no lock (see `Drafts.claim`). Raises StoreError when the store can't be written to.
        """
        with self._write_errors_named():
            return self._drafts.claim(self._claim_name(case_id, key))

    def release(self, case_id: str, key: str) -> None:
        """Take back a claim, one's own or one that a killed process left behind."""
        self._drafts.release(self._claim_name(case_id, key))

    def sweep(self) -> None:
        """Remove what killed processes left behind, once it is old enough to be surely dead."""
        self._drafts.sweep()

    @property
    def _drafts(self) -> Drafts:
        return Drafts(folder_in(self.root, ".drafts"))

    @contextmanager
    def _write_errors_named(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if isinstance(full := write_error(self.root, error), DiskFullError):
                raise full from error
            raise StoreError(
                "can't write to the slice store",
                where=self.root,
                found=error.strerror,
                do="check free space and permissions",
            ) from error

    def _move_in(self, draft: Path, case_id: str, key: str) -> None:
        """Rename the draft to its place, unless another process has put the same there."""
        place = self.place(case_id, key)
        folder_in(self.root, *place.parent.relative_to(self.root).parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        for attempts_left in (2, 1, 0):
            try:
                draft.rename(place)
                return
            except OSError:
                if self.fresh(case_id, key):
                    return
                if not (attempts_left and place.exists()):
                    raise
                self._drafts.discard(place)

    def read(self, case_id: str, key: str | None = None) -> StoredScan:
        """The stored scan; without a key the one that was stored last, whatever its settings.

        Raises StoreError when it is not there or damaged, or another scan lies in its place.
        """
        scan = open_scan(self.place(case_id, key) if key else self._latest(case_id))
        named = (scan.case_id, key or scan.key)
        if named != (case_id, scan.key) or self.place(*named) != scan.folder:
            raise damaged(scan.folder, f"{scan.case_id}, {scan.key[:12]}…, which belongs elsewhere")
        return scan

    def cases(self) -> tuple[str, ...]:
        """IDs of the scans in the store, sorted; damaged ones are left out, and misplaced ones."""
        found = set()
        for path in (self.root / "scans").glob(f"*/*/{FACTS}"):
            with suppress(StoreError):
                facts = read_facts(path.parent)
                case = str(facts["case_id"])
                if self.place(case, str(facts["key"])) == path.parent:
                    found.add(case)
        return tuple(sorted(found))

    def place(self, case_id: str, key: str) -> Path:
        """The folder of a scan, there or not."""
        settings, _, files = key.partition("-")
        return self._folder(case_id) / f"{settings[:_SETTINGS_DIGITS]}-{files[:_FILES_DIGITS]}"

    def _claim_name(self, case_id: str, key: str) -> str:
        place = self.place(case_id, key)
        return f"{place.parent.name}-{place.name}"

    def _latest(self, case_id: str) -> Path:
        folder = self._folder(case_id)
        return max(folder.glob("*-*"), key=last_change, default=folder)

    def _folder(self, case_id: str) -> Path:
        return self.root / "scans" / key_for(case_id)


def _write_arrays(folder: Path, hu: NDArray[np.int16], mask: Mask) -> None:
    group = zarr.open_group(folder, mode="w", zarr_format=3)
    for name, array in (("hu", hu), ("mask", mask)):
        stored = group.create_array(
            name,
            shape=array.shape,
            dtype=array.dtype,
            chunks=(1, *array.shape[1:]),
            shards=(min(FILE_SLICES, len(array)), *array.shape[1:]),
            compressors=(BloscCodec(cname="lz4", clevel=5, shuffle="bitshuffle"), Crc32cCodec()),
        )
        for start in range(0, len(array), FILE_SLICES):  # else Zarr holds all files in memory
            stored[start : start + FILE_SLICES] = array[start : start + FILE_SLICES]
