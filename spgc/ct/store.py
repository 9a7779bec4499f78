"""The slice store: preprocessed scans on disk, kept once and read slice by slice.

A volume is stored once for all lung methods, and each method's mask by itself. One folder for each
of them, named by its key: `volumes/CASE/VERSION-FILES` and `scans/CASE/SETTINGS-FILES`. A scan is a
mask with its volume. Each folder is written aside and moved in when it is whole, so a killed write
leaves nothing that could be read. Since the place follows from the content, two processes that
store the same scan can't disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from spgc.ct.bits import Mask
from spgc.ct.scan_key import keyed, scan_key
from spgc.ct.series import Volume
from spgc.ct.store_entry import FACTS, StoreEntry, leads_astray, read_facts, write_entry
from spgc.ct.store_places import StorePlaces, parts_of
from spgc.ct.stored_forms import check_forms, is_sound
from spgc.ct.stored_scan import (
    HU,
    MASK,
    VOXELS,
    StoredScan,
    is_whole_scan,
    open_scan,
    open_volume,
)
from spgc.ct.voxel_digest import voxel_digest
from spgc.errors import DiskFullError, StoreError
from spgc.files.drafts import Drafts, last_change
from spgc.files.foreign_names import folder_in
from spgc.files.whole import write_error

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class SliceStore(StorePlaces):
    """Scans under `root`, one folder each. Several processes may work on one store."""

    def key_for(self, source: Path, settings: DataclassInstance) -> str:
        """What a scan's place in the store depends on; see `scan_key`. Raises SeriesError."""
        return scan_key(source, settings)

    def fresh(self, case_id: str, key: str) -> bool:
        """Whether the store holds this scan made from the same files with the same settings.

        Every byte of it is compared with its digest: what a power cut, a full disk or a failing
        one has changed is not fresh.
        """
        return self.whole(case_id, key) is not None

    def whole(self, case_id: str, key: str) -> StoredScan | None:
        """The stored scan where it is `fresh`, None where it is not: then it is made anew."""
        mask, volume = self.mask_entry(case_id, key), self.volume_entry(case_id, key)
        try:
            facts = mask.verify()
            told = facts if is_whole_scan(facts) else volume.verify()
            found = open_scan(mask, volume, facts, told)
            check_forms(found, facts, told)
        except StoreError:
            return None
        return found

    def volume(self, case_id: str, key: str) -> Volume | None:
        """The volume that is stored for the scan, whichever lung method it was read for.

        Every byte is compared with its digest: None where one differs, or there is none.
        """
        entry = self.volume_entry(case_id, key)
        try:
            entry.verify()
            return open_volume(entry)
        except StoreError:
            return None

    def write(
        self, case_id: str, key: str, volume: Volume, mask: Mask, settings: DataclassInstance
    ) -> None:
        """Store a scan, replacing what was made with the same settings from other files.

        A volume of the same files that is there already stays, for it is the same. `settings` are
        written down for people; `key` decides. Raises StoreError when it can't be written.
        """
        if not is_sound(self.volume_entry(case_id, key)):
            self.write_volume(case_id, key, volume)
        self.write_mask(case_id, key, mask, settings)

    def write_volume(self, case_id: str, key: str, volume: Volume) -> None:
        """Store the volume of a scan, for all lung methods. Raises StoreError as `write` does."""
        told = {
            "spacing": volume.spacing,
            "positions": volume.positions.tolist(),
            "notes": volume.notes,
            VOXELS: voxel_digest(len(volume.hu), volume.hu.__getitem__),
        }
        self._write(self.volume_entry(case_id, key), told, {HU: volume.hu})

    def write_mask(self, case_id: str, key: str, mask: Mask, settings: DataclassInstance) -> None:
        """Store the mask of a scan whose volume is there. Raises StoreError as `write` does."""
        told = {"settings": keyed(settings)}
        self._write(self.mask_entry(case_id, key), told, {MASK: mask})
        self.drop_outdated(case_id, key)

    def _write(
        self, entry: StoreEntry, told: Mapping[str, object], arrays: Mapping[str, NDArray[Any]]
    ) -> None:
        with self._write_errors_named(), self._drafts.new() as draft:
            write_entry(draft, {"case_id": entry.case_id, "key": entry.key, **told}, arrays)
            self._move_in(draft, entry)

    def drop_outdated(self, case_id: str, key: str) -> None:
        """Remove what was made of this scan with the settings of `key`, but from other files.

        Volumes of other files go with the last mask that was made of them.
        """
        place = self.place(case_id, key)
        if place.parent.is_symlink():
            return  # what lies behind it is another's
        with self._write_errors_named():
            for other in place.parent.iterdir():
                if other.name != place.name and parts_of(other)[0] == parts_of(place)[0]:
                    self._drafts.discard(other)
            self._drop_unused(case_id, key)

    def _drop_unused(self, case_id: str, key: str) -> None:
        own = self.volume_entry(case_id, key).folder
        if own.parent.is_symlink():
            return
        others: list[Path] = []
        with suppress(FileNotFoundError):  # no volumes: of the layout before this
            others += (volume for volume in own.parent.iterdir() if volume.name != own.name)
        if not others:
            return
        masks = {parts_of(mask)[1] for mask in self.masks_of(case_id).iterdir()}
        for volume in others:
            if parts_of(volume)[1] not in masks:
                self._drafts.discard(volume)

    def claim(self, case_id: str, key: str) -> bool:
        """Tell other processes that this scan is being made; False when one said so before.

        A hint, no lock (see `Drafts.claim`). Raises StoreError when the store can't be written to.
        """
        with self._write_errors_named():
            return self._drafts.claim(self.claim_name(case_id, key))

    def release(self, case_id: str, key: str) -> None:
        """Take back a claim, one's own or one that a killed process left behind."""
        self._drafts.release(self.claim_name(case_id, key))

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

    def _move_in(self, draft: Path, entry: StoreEntry) -> None:
        """Rename the draft to its place, unless another process has put the same there.

        A link to the folder of another case goes; one that leads out of the store is an error.
        """
        place = entry.folder
        folder_in(self.root, *place.parent.relative_to(self.root).parts)
        if leads_astray(place.parent):
            self._drafts.discard(place.parent)
        place.parent.mkdir(parents=True, exist_ok=True)
        for attempts_left in (2, 1, 0):
            try:
                draft.rename(place)
                return
            except OSError:
                if is_sound(entry):
                    return
                if not (attempts_left and place.exists()):
                    raise
                self._drafts.discard(place)

    def read(self, case_id: str, key: str | None = None) -> StoredScan:
        """The stored scan; without a key the one that was stored last, whatever its settings.

        Raises StoreError when it is not there or damaged, or another scan lies in its place.
        """
        if key is None:
            key = self._latest(case_id)
        return open_scan(self.mask_entry(case_id, key), self.volume_entry(case_id, key))

    def by_its_paths(self, scan: StoredScan) -> StoredScan:
        """A scan that was read under another path of this store, as `read` gives it."""
        mask = self.mask_entry(scan.case_id, scan.key)
        volume = mask if scan.volume == scan.mask else self.volume_entry(scan.case_id, scan.key)
        return replace(scan, mask=mask, volume=volume)

    def cases(self) -> tuple[str, ...]:
        """IDs of the scans in the store, sorted; damaged ones are left out, and misplaced ones."""
        found = set()
        for path in (self.root / "scans").glob(f"*/*/{FACTS}"):
            with suppress(StoreError):
                facts = read_facts(path.parent)
                case, key = str(facts["case_id"]), str(facts["key"])
                mask = self.mask_entry(case, key)
                if mask.folder == path.parent and not leads_astray(path.parent.parent):
                    open_scan(mask, self.volume_entry(case, key), facts)
                    found.add(case)
        return tuple(sorted(found))

    def _latest(self, case_id: str) -> str:
        """The key of the mask of a case that was stored last. Raises StoreError for none."""
        folder = self.masks_of(case_id)
        last = max(folder.glob("*-*"), key=last_change, default=folder)
        facts = read_facts(last)
        key = str(facts["key"])
        if (facts["case_id"], last) != (case_id, self.place(case_id, key)):
            raise StoreEntry(last, case_id, "").misplaced(facts)
        return key
