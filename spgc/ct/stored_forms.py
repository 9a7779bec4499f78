"""Headers of stored arrays: whether they are those of a scan, known before anything is read."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spgc.ct.single_slices import single_slices
from spgc.ct.store_entry import ARRAYS, damage_named
from spgc.ct.stored_scan import HU, KINDS, MASK, StoredScan, is_scan_shape


def check_forms(
    scan: StoredScan, mask_facts: Mapping[str, Any], volume_facts: Mapping[str, Any]
) -> None:
    """Raise StoreError for arrays that no scan has, by their headers: far quicker than opening.

    mask_facts, volume_facts: as `StoreEntry.verify` gives them.
    """
    plane: tuple[int, ...] | None = None
    parts = ((scan.volume, HU, volume_facts), (scan.mask, MASK, mask_facts))
    for entry, name, facts in parts:
        with damage_named(entry.folder):
            form = _form(entry.folder / ARRAYS / name, facts["sha256"][f"{name}/zarr.json"])
            if form is None and sys.byteorder != "little":
                continue
            if form is None or form[1] != KINDS[name]:
                raise ValueError("an array in another form")
            whole = form[0]
            if whole != (scan.n_slices, *(plane or whole[1:])) or not is_scan_shape(whole):
                raise ValueError("an array of another shape")
            plane = whole[1:]


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
        _forms[digest] = None if found is None else ((found.count, *found.shape), found.dtype)
    return _forms[digest]
