"""Scans in one file are found beside scan folders, and go through the whole way."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import nibabel
import numpy as np
import pytest

from spgc.ct.preprocess import preprocess
from spgc.ct.store import SliceStore
from spgc.data.check import check
from spgc.data.layout import Dataset, open_dataset
from tests.ct.dicom_files import images, write_scan

HU = images(4, 32)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The same scan as folder, archive, NIfTI and array, and files that are no scans."""
    root = tmp_path / "data"
    write_scan(root / "COVID-19 subjects" / "P001", HU)
    with zipfile.ZipFile(root / "COVID-19 subjects" / "P002.zip", "w") as packed:
        for path in sorted((root / "COVID-19 subjects" / "P001").iterdir()):
            packed.write(path, f"P002/{path.name}")
    shutil.copy(root / "COVID-19 subjects" / "P002.zip", root / "COVID-19 subjects" / "P001.zip")
    (root / "Cap subjects").mkdir()
    affine = np.diag([0.75, 0.5, 2.0, 1.0])
    ras = HU[::-1, ::-1, ::-1].transpose(2, 1, 0)
    nibabel.save(nibabel.Nifti1Image(ras, affine), root / "Cap subjects" / "cap001.nii.gz")
    (root / "Normal subjects").mkdir()
    np.save(root / "Normal subjects" / "normal001.npy", HU)
    (root / "Normal subjects" / "normal001.json").write_text(
        json.dumps({"spacing": [2, 0.5, 0.75]})
    )
    np.save(root / "Slice-level-labels.npy", np.zeros((80, 200), np.int64))
    with zipfile.ZipFile(root / "everything.zip", "w") as packed:
        for name in ("P001/a.dcm", "P002/a.dcm"):
            packed.writestr(name, b"x")
    return root


def test_each_kind_is_found_once(root: Path) -> None:
    """The folder wins over its archive; label arrays and archives of many scans are no scans."""
    dataset = open_dataset(root)
    assert sorted(dataset.folders) == ["P001", "P002", "cap001", "normal001"]
    assert dataset.folders["P001"].is_dir()
    assert {c.case_id: c.label for c in dataset.cases(None)} == {
        "P001": "COVID-19",
        "P002": "COVID-19",
        "cap001": "CAP",
        "normal001": "Normal",
    }


def test_each_kind_gives_the_same_slices(root: Path, tmp_path: Path) -> None:
    store = SliceStore(tmp_path / "store")
    dataset = open_dataset(root)
    report = preprocess(dataset.folders, store)
    assert not report.failures
    for name in dataset.folders:
        np.testing.assert_array_equal(store.read(name).arrays()[0], HU)
        assert store.read(name).spacing == pytest.approx((2.0, 0.5, 0.75))
    assert len(preprocess(dataset.folders, store).reused) == 4


def test_a_changed_file_or_spacing_is_noticed(root: Path, tmp_path: Path) -> None:
    store = SliceStore(tmp_path / "store")
    dataset = open_dataset(root)
    preprocess(dataset.folders, store)
    (root / "Normal subjects" / "normal001.json").write_text(
        json.dumps({"spacing": [3, 0.5, 0.75]})
    )
    shutil.copy(root / "COVID-19 subjects" / "P001.zip", root / "COVID-19 subjects" / "P002.zip")
    assert preprocess(dataset.folders, store).done == ("normal001",)


def test_damaged_archives_are_found_and_fail_alone(root: Path, tmp_path: Path) -> None:
    (root / "COVID-19 subjects" / "P002.zip").write_bytes(b"PK\x03\x04 cut")
    dataset = open_dataset(root)
    report = preprocess(dataset.folders, SliceStore(tmp_path / "store"))
    assert list(report.failures) == ["P002"]
    assert len(report.done) == 3


def test_check_takes_them_as_they_are(root: Path) -> None:
    dataset: Dataset = open_dataset(root)
    about = {finding.where: finding.what for finding in check(dataset).findings}
    assert not {"P002", "cap001", "normal001"} & set(about), about
