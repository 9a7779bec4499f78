"""Scans of a data folder in the slice store, with the labels to learn from."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from spgc.ct.lungs import DEFAULT_LUNGS
from spgc.ct.store import SliceStore
from spgc.data.layout import Dataset, open_dataset
from spgc.errors import DataError
from spgc.runs.scans import Prepared, infected_slices, known_scan, labelled_scans, prepare


@pytest.fixture
def own(cohort: Path, tmp_path: Path) -> Path:
    """A copy of the cohort that a test may spoil."""
    return Path(shutil.copytree(cohort, tmp_path / "own"))


def test_a_bad_scan_and_a_missing_one_stop_no_other(own: Path, tmp_path: Path) -> None:
    dataset = open_dataset(own)
    bad, gone, *good = [case.case_id for case in dataset.cases("val")]
    for file in dataset.folders[bad].iterdir():
        file.write_bytes(file.read_bytes()[:100])
    shutil.rmtree(dataset.folders[gone])
    dataset = open_dataset(own)
    prepared = prepare(dataset, dataset.cases("val"), SliceStore(tmp_path / "store"))
    assert list(prepared.scans) == good
    assert prepared.missing == (gone,)
    assert set(prepared.failures) == {bad}


def test_a_scan_is_stored_once(dataset: Dataset, tmp_path: Path) -> None:
    store, cases = SliceStore(tmp_path), dataset.cases("val")
    first = prepare(dataset, cases, store)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    again = prepare(dataset, cases, store)
    assert {n: s.key for n, s in first.scans.items()} == {n: s.key for n, s in again.scans.items()}
    assert {path: path.stat().st_mtime_ns for path in files} == files


def test_remarks_name_only_scans_that_have_some() -> None:
    prepared = Prepared({}, notes={"a": ("gap",), "b": ()})
    assert prepared.remarks() == {"a": ["gap"]}


def test_labels_are_cut_to_the_scan(dataset: Dataset, prepared: Prepared) -> None:
    """Label arrays are padded with zeros at the end."""
    cases = dataset.cases("train")
    scans = {scan.case_id: scan for scan in labelled_scans(dataset, prepared, cases)}
    assert [*scans] == [case.case_id for case in cases]
    infected = [scan for scan in scans.values() if scan.infected is not None]
    assert infected
    for scan in infected:
        assert scan.infected is not None
        assert scan.infected.dtype == np.uint8
        assert len(scan.infected) == scan.scan.n_slices
    assert all(scan.synthetic for scan in scans.values())


def test_an_infected_slice_beyond_the_scan_is_refused(dataset: Dataset) -> None:
    case, labels = next(
        (case.case_id, found)
        for case in dataset.cases("train")
        if (found := dataset.slice_labels(case.case_id)) is not None and found.any()
    )
    last = int(np.flatnonzero(labels)[-1])
    found = infected_slices(dataset, case, last + 1)
    assert found is not None
    assert np.array_equal(found, labels[: last + 1])
    with pytest.raises(DataError, match=f"slice labels of {case} do not fit its scan"):
        infected_slices(dataset, case, last)


def test_a_known_scan_brings_what_the_data_set_knows(dataset: Dataset, store: SliceStore) -> None:
    case = next(case for case in dataset.cases("val") if case.label is not None)
    scan, known = known_scan(dataset, case.case_id, store.root, DEFAULT_LUNGS)
    assert (known.case_id, known.label, known.synthetic) == (case.case_id, case.label, True)
    assert known.infected is None or len(known.infected) == scan.n_slices
