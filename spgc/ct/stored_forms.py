"""Headers of stored arrays: whether they are those of a scan, known before anything is read."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spgc.ct.single_slices import single_slices
from spgc.ct.store_entry import ARRAYS, StoreEntry, damage_named, damaged
from spgc.ct.stored_scan import (
    HU,
    KINDS,
    MASK,
    VOLUME_FACTS,
    StoredScan,
    is_scan_shape,
    volume_told,
)
from spgc.errors import StoreError


def check_forms(
    scan: StoredScan, mask_facts: Mapping[str, Any], volume_facts: Mapping[str, Any]
) -> None:
    """Raise StoreError for arrays that no scan has, whatever their digests say.

    By their headers, which is far quicker than opening. mask_facts, volume_facts: as
    `StoreEntry.verify` gives them.
    """
    whole = _array_shape(scan.volume, HU, volume_facts)
    _refuse_unlike(scan.volume, whole, scan.n_slices)
    mask = _array_shape(scan.mask, MASK, mask_facts)
    if mask is not None and whole is not None and mask != whole:
        raise damaged(scan.mask.folder, _OTHER_SHAPE)


def check_entry(entry: StoreEntry, facts: Mapping[str, Any]) -> None:
    """The same for one entry by itself, and for its facts, which `StoreEntry.verify` gave."""
    if facts.keys() & VOLUME_FACTS:
        _refuse_unlike(entry, _array_shape(entry, HU, facts), len(volume_told(facts, entry)[1]))
    if not facts.keys() >= VOLUME_FACTS or _header(MASK) in facts["sha256"]:
        _array_shape(entry, MASK, facts)


def is_sound(entry: StoreEntry) -> bool:
    """Whether an entry is there, every byte as it was written, and holds what a scan has."""
    try:
        check_entry(entry, entry.verify())
    except StoreError:
        return False
    return True


_OTHER_SHAPE = "an array of another shape"


def _refuse_unlike(entry: StoreEntry, shape: tuple[int, ...] | None, slices: int) -> None:
    if shape is not None and shape[0] != slices:
        raise damaged(entry.folder, _OTHER_SHAPE)


def _array_shape(entry: StoreEntry, name: str, facts: Mapping[str, Any]) -> tuple[int, ...] | None:
    """(S, H, W) by an array's header; None where the machine leaves headers to Zarr.

    Raises StoreError for an array that is none of a scan's.
    """
    with damage_named(entry.folder):
        form = _form(entry.folder / ARRAYS / name, facts["sha256"][_header(name)])
        if form is None and sys.byteorder != "little":
            return None
        if form is None or form[1] != KINDS[name]:
            raise damaged(entry.folder, "an array in another form")
        if not is_scan_shape(form[0]):
            raise damaged(entry.folder, _OTHER_SHAPE)
        return form[0]


def _header(name: str) -> str:
    return f"{name}/zarr.json"


_Form = tuple[tuple[int, ...], np.dtype[Any]]

_forms: dict[str, _Form | None] = {}
"""Shape and type of arrays by the digest of their header: scans of one scanner share theirs."""

_MOST_FORMS = 10_000


def _form(array: Path, digest: str) -> _Form | None:
    """Shape and type of an array whose header has this digest; None for a form of others."""
    if digest not in _forms:
        found = single_slices(array, frozenset())
        if len(_forms) >= _MOST_FORMS:
            _forms.clear()
        _forms[digest] = None if found is None else (found.shape, found.dtype)
    return _forms[digest]
