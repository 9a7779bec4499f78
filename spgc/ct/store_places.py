"""Where the masks and volumes of scans lie in the slice store; a place follows from the content."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from spgc.ct.scan_key import settings_digest, volume_key
from spgc.ct.store_entry import StoreEntry
from spgc.files.foreign_names import key_for

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_SETTINGS_DIGITS, _FILES_DIGITS = 8, 16


class StorePlaces:
    """Paths of entries below `root`, there or not."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def place(self, case_id: str, key: str) -> Path:
        """The folder of a scan's mask."""
        return self.masks_of(case_id) / _name(key)

    def masks_of(self, case_id: str) -> Path:
        """The folder of all masks of a case."""
        return self.root.joinpath("scans", key_for(case_id))

    def mask_entry(self, case_id: str, key: str) -> StoreEntry:
        """Where the mask belongs that a scan's key names."""
        return StoreEntry(self.place(case_id, key), case_id, key)

    def volume_entry(self, case_id: str, key: str) -> StoreEntry:
        """Where the volume belongs that a scan's key names; the same for all lung methods."""
        own = volume_key(key)
        folder = self.root.joinpath("volumes", key_for(case_id), _name(own))
        return StoreEntry(folder, case_id, own)

    def may_hold(self, case_id: str, settings: DataclassInstance) -> bool:
        """Whether a mask of a case lies there that was made with these settings, of any files."""
        start = f"{settings_digest(settings)[:_SETTINGS_DIGITS]}-"
        with suppress(OSError):
            return any(place.name.startswith(start) for place in self.masks_of(case_id).iterdir())
        return False

    def claim_name(self, case_id: str, key: str) -> str:
        """What the claim of a scan that is being made is called."""
        place = self.place(case_id, key)
        return f"{place.parent.name}-{place.name}"


def parts_of(place: Path) -> tuple[str, str]:
    """Of a place's name: what stands for the settings, and what for the files."""
    settings, _, files = place.name.partition("-")
    return settings, files


def _name(key: str) -> str:
    settings, _, files = key.partition("-")
    return f"{settings[:_SETTINGS_DIGITS]}-{files[:_FILES_DIGITS]}"
