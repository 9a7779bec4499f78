"""Thousands of stored scans are looked at in blocks, with the outcomes of each alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from spgc.ct import preprocess as module
from spgc.ct.preprocess import outcomes, preprocess
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.scan_to_store import REMADE, ScanOutcome
from spgc.ct.store import SliceStore
from spgc.errors import SeriesError
from tests.ct.dicom_files import write_scan
from tests.ct.test_preprocess import SCAN

Found = dict[str, ScanOutcome]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    data = tmp_path_factory.mktemp("data")
    return {f"P00{n}": write_scan(data / f"P00{n}", SCAN + n) for n in range(5)}


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Blocks of two, whatever the number of scans; what is looked at alone after them is noted."""
    alone: list[int] = []

    def here(work: Any, tasks: Mapping[str, tuple[Any, ...]], jobs: int) -> Iterator[Any]:
        if work is module.store_scan:
            alone.append(len(tasks))
        yield from ((name, work(*arguments)) for name, arguments in tasks.items())

    monkeypatch.setattr(module, "in_parallel", here)
    monkeypatch.setattr(module, "_MANY", 1)
    monkeypatch.setattr(module, "_BLOCK", 2)
    return alone


def found(folders: Mapping[str, Path], store: SliceStore) -> Found:
    return dict(outcomes(folders, store, jobs=2, tell=True))


def test_none_is_looked_at_twice(
    folders: dict[str, Path], tmp_path: Path, blocks: list[int]
) -> None:
    store = SliceStore(tmp_path)
    assert not any(one.reused for one in found(folders, store).values())
    again = found(folders, store)
    assert all(one.reused and one.stored is not None for one in again.values())
    assert sorted(again) == sorted(folders)
    assert blocks == [5, 0, 0, 0]


def test_what_is_not_whole_is_made_as_ever(
    folders: dict[str, Path], tmp_path: Path, blocks: list[int]
) -> None:
    folders = {name: shutil.copytree(one, tmp_path / name) for name, one in folders.items()}
    store = SliceStore(tmp_path / "store")
    preprocess(folders, store)
    slices = next((store.root / "volumes").rglob("P001*/*/arrays.zarr/hu/c/0/0/0"))
    slices.write_bytes(slices.read_bytes()[:-1])
    shutil.rmtree(folders["P002"])
    shutil.rmtree(folders["P003"])
    write_scan(folders["P003"], SCAN + 9)
    report = preprocess(folders, store, jobs=2)
    assert set(report.reused) == {"P000", "P004"}
    assert set(report.done) == {"P001", "P003"}
    assert REMADE in report.notes["P001"]
    assert isinstance(report.failures["P002"], SeriesError)
    assert blocks[-2:] == [3, 0]


def test_other_settings_are_not_looked_for(
    folders: dict[str, Path], tmp_path: Path, blocks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their files would be hashed twice."""
    store = SliceStore(tmp_path)
    preprocess(folders, store)
    monkeypatch.setattr(module, "stored_scans", None)
    report = preprocess(folders, store, PreprocessSettings("watershed-one-region"), jobs=2)
    assert report.done == tuple(folders)


@pytest.mark.parametrize("strange", [None, "text", [("P000", 7)], [("P009", ScanOutcome())], [3]])
def test_strange_answers_of_a_cluster_are_none(
    folders: dict[str, Path],
    tmp_path: Path,
    blocks: list[int],
    strange: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = SliceStore(tmp_path)
    preprocess(folders, store)
    monkeypatch.setattr(module, "stored_scans", lambda jobs: strange)
    assert preprocess(folders, store, jobs=2).reused == tuple(folders)
