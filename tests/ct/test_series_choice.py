"""Geometry says which images of a folder are the scan; ImageType only settles what is equal."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spgc.ct.series import Volume, read_series
from spgc.errors import SeriesError
from tests.ct.dicom_files import Tags, images, write_scan

HU = images(10)
OTHER = images(10, seed=1)
DERIVED = ["DERIVED", "SECONDARY", "AXIAL"]
CORONAL = [1, 0, 0, 0, 0, -1]


def add(folder: Path, hu: np.ndarray, name: str, *, step: float = 2.0, **tags: Any) -> None:
    """A series of its own name and UID."""
    tags = {"SeriesInstanceUID": f"1.2.{ord(name)}", **tags}
    write_scan(
        folder, hu, step=step, name=name + "{:02d}.dcm", edit=lambda _, own: own.update(tags)
    )


def check_chest(volume: Volume, *words: str) -> None:
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.spacing == (2.0, 0.5, 0.75)
    for word in words:
        assert any(word in note for note in volume.notes), volume.notes


@pytest.mark.parametrize("count", [2, 4, 30])
def test_slices_that_watch_one_place_are_no_chest(tmp_path: Path, count: int) -> None:
    """The chest is DERIVED; bolus tracking is ORIGINAL, and may have more slices."""
    add(tmp_path, HU, "C", ImageType=DERIVED)
    add(tmp_path, images(count, seed=2), "M", step=0.0)
    check_chest(read_series(tmp_path), f"with most slices (10), left out {count} slices")


def test_two_places_are_fewer_than_ten(tmp_path: Path) -> None:
    add(tmp_path, HU, "C", ImageType=DERIVED)
    add(tmp_path, OTHER[:2], "M", step=30.0)
    check_chest(read_series(tmp_path), "left out 2 slices", "DERIVED")


def test_several_slices_at_one_place_are_no_volume(tmp_path: Path) -> None:
    add(tmp_path, HU[:4], "M", step=0.0)
    with pytest.raises(SeriesError, match=r"two different slices at one position.*4 slices, all"):
        read_series(tmp_path)


def test_copies_of_one_slice_are_that_slice(tmp_path: Path) -> None:
    add(tmp_path, HU[[0, 0, 0]], "M", step=0.0)
    np.testing.assert_array_equal(read_series(tmp_path).hu, HU[:1])


@pytest.mark.parametrize("kind", [["ORIGINAL", "PRIMARY", "SCOUT"], ["DERIVED", "LOCALIZER"], ""])
def test_scouts_are_told_by_geometry(tmp_path: Path, kind: object) -> None:
    add(tmp_path, HU, "C", ImageType=DERIVED)
    add(tmp_path, images(2, 20), "S", step=0.0, ImageOrientationPatient=CORONAL, ImageType=kind)
    check_chest(read_series(tmp_path), "left out")


def test_one_series_of_derived_and_original_slices_stays_whole(tmp_path: Path) -> None:
    def edit(index: int, tags: dict[str, Any]) -> None:
        tags["ImageType"] = DERIVED if index in (2, 3, 7) else ["ORIGINAL", "PRIMARY", "AXIAL"]

    volume = read_series(write_scan(tmp_path, HU, edit=edit))
    check_chest(volume)
    assert volume.notes == ()


@pytest.mark.parametrize("uid", ["1.2.67", "1.2.99", ""], ids=["same UID", "another", "none"])
def test_derived_images_at_the_same_places_are_another_series(tmp_path: Path, uid: str) -> None:
    add(tmp_path, HU, "C", SeriesInstanceUID="" if uid == "" else "1.2.67")
    add(tmp_path, OTHER, "D", ImageType=DERIVED, SeriesInstanceUID=uid)
    check_chest(read_series(tmp_path), "that is not derived (10), left out 10 slices")


def test_of_equal_series_the_one_in_hu(tmp_path: Path) -> None:
    add(tmp_path, HU, "C", ImageType=DERIVED)
    add(tmp_path, OTHER, "Z", RescaleType="Z_EFF")
    check_chest(read_series(tmp_path), "in HU (10), left out 10 slices")


def test_a_scan_marked_localizer_is_noted(tmp_path: Path) -> None:
    add(tmp_path, HU, "C", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    add(tmp_path, OTHER[:2], "M", step=30.0)
    check_chest(read_series(tmp_path), "marked LOCALIZER")


def test_many_slices_of_a_short_piece_are_not_the_scan(tmp_path: Path) -> None:
    add(tmp_path, HU, "C", step=20.0)
    add(tmp_path, images(30), "S", step=0.5)
    with pytest.raises(SeriesError, match="30 slices over 14 mm and 10 over 180"):
        read_series(tmp_path)


def test_a_longer_scan_with_fewer_slices_is_left_out(tmp_path: Path) -> None:
    """Thin slices of the chest beside thick ones that go on to the belly."""
    add(tmp_path, HU, "C")
    add(tmp_path, OTHER[:9], "T", step=4.0)
    check_chest(read_series(tmp_path), "with most slices (10), left out 9 slices")


def test_a_uid_of_its_own_in_each_file_beside_a_series(tmp_path: Path) -> None:
    """Ten series of one slice each are none; two slices that share a UID are not the patient."""

    def edit(index: int, tags: dict[str, Any]) -> None:
        tags["SeriesInstanceUID"] = f"1.3.{index}"

    write_scan(tmp_path, HU, edit=edit)
    add(tmp_path, OTHER[:2], "M", step=30.0)
    check_chest(read_series(tmp_path), "SeriesInstanceUID", "left out 2 slices")


@pytest.mark.parametrize("twice", [1, 5, 10])
def test_a_copied_file_beside_files_that_have_a_uid_each(tmp_path: Path, twice: int) -> None:
    """Its UID comes twice, which makes no series of it: the slice itself would be left out."""

    def edit(index: int, tags: Tags) -> None:
        tags.update(SeriesInstanceUID=f"1.2.{index}")

    write_scan(tmp_path, HU, edit=edit)
    shutil.copy(tmp_path / f"IM{twice:04d}.dcm", tmp_path / f"IM{twice:04d} - Copy.dcm")
    volume = read_series(tmp_path)
    check_chest(volume, "1 left out: identical copies")
    assert not any("series in the folder" in note for note in volume.notes)


def test_images_without_places_are_not_taken_for_the_scan(tmp_path: Path) -> None:
    add(tmp_path, HU[:5], "C")
    add(tmp_path, OTHER, "P", ImagePositionPatient=None, SliceLocation=None)
    with pytest.raises(SeriesError, match="10 slices without a position"):
        read_series(tmp_path)


def test_two_patients_in_one_folder_are_refused(tmp_path: Path) -> None:
    """The smaller series was left out with a remark: a patient without an answer."""
    add(tmp_path / "two", HU, "A", PatientID="first")
    add(tmp_path / "two", images(4, seed=2), "B", PatientID="second")
    with pytest.raises(SeriesError, match="one folder for several patients") as caught:
        read_series(tmp_path / "two")
    assert "first" not in str(caught.value)
    assert "second" not in str(caught.value)
    for name, other in (("same", "first"), ("unknown", "")):
        add(tmp_path / name, HU, "A", PatientID="first")
        add(tmp_path / name, images(4, seed=2), "B", PatientID=other)
        check_chest(read_series(tmp_path / name), "left out")


@pytest.mark.parametrize("uid", ["", "1.2.{}", "1.2"], ids=["none", "each its own", "one"])
def test_slices_of_two_patients_in_one_series_are_refused(tmp_path: Path, uid: str) -> None:
    """A copy broken off over another patient's files of the same names: UIDs don't part them."""

    def edit(index: int, tags: Tags) -> None:
        other = index in range(4)
        tags.update(PatientID="A" if other else "B", SeriesInstanceUID=uid.format(index))

    write_scan(tmp_path, HU, edit=edit)
    with pytest.raises(SeriesError, match="one folder for several patients"):
        read_series(tmp_path)


def test_a_patient_id_of_its_own_in_each_file_tells_nothing(tmp_path: Path) -> None:
    """As of UIDs that some programs make up for each file."""

    def edit(index: int, tags: Tags) -> None:
        tags.update(PatientID=f"anonymous {index}", SeriesInstanceUID=f"1.2.{index}")

    check_chest(read_series(write_scan(tmp_path, HU, edit=edit)))
