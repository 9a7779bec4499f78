"""Scans that a model met in training are known by case ID, and by what they show."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spgc.contract.scan import Scan
from spgc.ct.series import Volume
from spgc.ct.store import SliceStore
from spgc.ct.store_entry import ARRAYS
from spgc.errors import StoreError
from spgc.model.trained_on import (
    choosing_cases,
    choosing_facts,
    fingerprints,
    learnt_with_labels,
    shown_cases,
    trained_cases,
    training_facts,
    val_facts,
    voxel_hash,
)
from spgc.systems.density.system import DensitySettings
from tests.systems.small.scans import ArrayScan, array_cohort

TRAIN, OTHERS = array_cohort(1, seed=1), array_cohort(2, seed=2)
VAL, SHOWN = OTHERS[::2], [(scan.case_id, scan.scan) for scan in OTHERS[1::2]]

Met = Callable[[Mapping[str, Any], Mapping[str, Scan | None]], list[str] | None]


@pytest.fixture
def document() -> Mapping[str, Any]:
    facts = training_facts(TRAIN, SHOWN) | val_facts(VAL) | choosing_facts(VAL)
    return {"trained_on": facts}


@pytest.mark.parametrize(
    ("met", "scans"),
    [
        (trained_cases, {scan.case_id: scan.scan for scan in TRAIN}),
        (learnt_with_labels, {scan.case_id: scan.scan for scan in VAL}),
        (choosing_cases, {scan.case_id: scan.scan for scan in VAL}),
        (shown_cases, dict(SHOWN)),
    ],
)
def test_a_copy_is_known_and_so_is_a_scan_that_is_gone(
    met: Met, scans: Mapping[str, Scan], document: Mapping[str, Any]
) -> None:
    others = [scan.scan for scan in array_cohort(1, seed=3)]
    strangers = {f"stranger {n}": scan for n, scan in enumerate(others)}
    copies = {f"copy of {name}": scan for name, scan in scans.items()}
    assert met(document, fingerprints({**strangers, **copies})) == sorted(copies)
    assert met(document, {**dict.fromkeys(scans), "other": None}) == sorted(scans)


def test_a_scan_is_read_once_for_all_marks(document: Mapping[str, Any]) -> None:
    read = []

    class Counted(ArrayScan):
        def slice(self, index: int) -> Any:
            read.append(index)
            return super().slice(index)

    hu, mask = array_cohort(1, seed=3)[0].scan.arrays()
    scans = fingerprints({"other": Counted(hu, mask)})
    for asked in (trained_cases, learnt_with_labels, choosing_cases, shown_cases):
        assert asked(document, scans) == []
    assert len(read) == len(set(read)) > 0


@pytest.mark.parametrize("lacking", ["contents", "voxels"])
def test_a_copy_is_known_by_its_files_or_by_what_it_shows(
    lacking: str, document: Mapping[str, Any]
) -> None:
    """Models of earlier versions hold hashes of files alone, which go by the files' names too."""
    learnt = {name: value for name, value in document["trained_on"].items() if name != lacking}
    copies = {f"copy {n}": scan.scan for n, scan in enumerate(TRAIN)}
    assert trained_cases({"trained_on": learnt}, fingerprints(copies)) == sorted(copies)


def test_what_a_scan_shows_is_its_shape_and_its_hu() -> None:
    scan = TRAIN[0].scan
    hu, mask = scan.arrays()
    same = ArrayScan(hu.copy(), ~mask, (1.0, 1.0, 1.0))
    assert voxel_hash(same) == voxel_hash(scan)
    changed = hu.copy()
    changed[len(hu) // 2, 3, 4] += 1
    others = [ArrayScan(changed, mask), ArrayScan(hu[1:], mask[1:]), ArrayScan(hu[:1], mask[:1])]
    found = [voxel_hash(scan), *map(voxel_hash, others)]
    assert len(set(found)) == len(found)


def test_the_store_tells_what_a_scan_shows_without_reading_slices(tmp_path: Path) -> None:
    """A hundred thousand scans are compared with a model's by their facts alone."""
    hu, mask = TRAIN[0].scan.arrays()
    store, key = SliceStore(tmp_path), "a-b"
    volume = Volume(hu, (1.0, 1.0, 1.0), np.arange(len(hu), dtype=np.float64), ())
    store.write("P001", key, volume, mask, DensitySettings())
    scan = store.read("P001", key)
    shutil.rmtree(scan.volume.folder / ARRAYS)
    assert voxel_hash(scan) == voxel_hash(TRAIN[0].scan)
    assert voxel_hash(replace(scan, voxels="")) == ""  # an older spgc's: by its slices, now gone


def test_a_scan_that_can_be_read_no_more_shows_nothing() -> None:
    class Gone(ArrayScan):
        def slice(self, index: int) -> Any:
            raise StoreError("not in the store")

    hu, mask = TRAIN[0].scan.arrays()
    assert voxel_hash(Gone(hu, mask)) == ""
    facts = training_facts(TRAIN)
    other = fingerprints({"other": Gone(hu[1:], mask[1:])})
    assert trained_cases({"trained_on": facts}, other) == []


def test_a_model_that_names_nothing_says_so() -> None:
    nothing: Mapping[str, Any] = {"trained_on": {}}
    scans = fingerprints({scan.case_id: scan.scan for scan in TRAIN})
    assert trained_cases(nothing, scans) is None
    assert choosing_cases(nothing, scans) is None
    assert learnt_with_labels(nothing, scans) == []
    assert shown_cases(nothing, scans) == []
