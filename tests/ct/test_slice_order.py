"""Slices stand head to feet, by position, location or number, however the patient lay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spgc.ct.series import read_series
from tests.ct.dicom_files import Tags, images, make_slice, save, write_scan
from tests.ct.test_series import check_error, tagged

HU = images(7)


def test_names_say_nothing_about_order(tmp_path: Path) -> None:
    for place, index in enumerate([3, 0, 6, 2, 5, 1, 4]):
        dataset = make_slice(HU[index], z=-2.0 * index, number=index + 1)
        save(dataset, tmp_path / f"98C00000-TEST_{place}.dcm")
    np.testing.assert_array_equal(read_series(tmp_path).hu, HU)


def test_position_wins_over_location_and_number(tmp_path: Path) -> None:
    def edit(index: int, tags: Tags) -> None:
        tags.update(SliceLocation=[5, 1, 4, 2, 7, 3, 6][index], number=[2, 1, 3, 4, 6, 5, 7][index])

    volume = read_series(write_scan(tmp_path, HU, edit=edit))
    np.testing.assert_array_equal(volume.hu, HU)
    assert sum("disagrees" in note for note in volume.notes) == 2


@pytest.mark.parametrize("value", [None, "", [0, 0, 0]], ids=["absent", "empty", "blanked"])
def test_location_stands_in_for_position(tmp_path: Path, value: object) -> None:
    volume = read_series(write_scan(tmp_path, HU, edit=tagged(ImagePositionPatient=value)))
    np.testing.assert_array_equal(volume.hu, HU)
    assert any("ordered by SliceLocation" in note for note in volume.notes)


def test_number_stands_in_for_location(tmp_path: Path) -> None:
    edit = tagged(ImagePositionPatient=None, SliceLocation=None)
    volume = read_series(write_scan(tmp_path, HU, edit=edit))
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.spacing[0] == 2.0  # the slice thickness
    assert any("ordered by InstanceNumber" in note for note in volume.notes)


def test_no_order_at_all(tmp_path: Path) -> None:
    edit = tagged(ImagePositionPatient=None, SliceLocation=None, InstanceNumber=None)
    check_error(write_scan(tmp_path, HU, edit=edit), "can't order")


def test_mirrored_slices_are_set_upright(tmp_path: Path) -> None:
    edit = tagged(ImageOrientationPatient=[-1, 0, 0, 0, -1, 0])
    volume = read_series(write_scan(tmp_path, HU, edit=edit))
    np.testing.assert_array_equal(volume.hu, HU[:, ::-1, ::-1])
    assert any("upright" in note for note in volume.notes)


@pytest.mark.parametrize("supine", [True, False])
def test_feet_first(tmp_path: Path, supine: bool) -> None:
    """The scanner starts at the feet and sees the patient turned; the volume is as head first."""
    turned = HU[:, :, ::-1] if supine else HU[:, ::-1]
    orientation = [-1, 0, 0, 0, 1, 0] if supine else [1, 0, 0, 0, -1, 0]

    def edit(index: int, tags: Tags) -> None:
        tags.update(
            number=len(HU) - index,
            ImageOrientationPatient=orientation,
            ImagePositionPatient=[10 if supine else -10, -10 if supine else 10, tags["z"]],
            PatientPosition="FFS" if supine else "FFP",
        )

    volume = read_series(write_scan(tmp_path, turned, edit=edit))
    np.testing.assert_array_equal(volume.hu, HU)
    assert (np.diff(volume.positions) < 0).all()


def test_gantry_tilt_orders_along_the_normal(tmp_path: Path) -> None:
    cos, sin = np.cos(np.radians(20)), np.sin(np.radians(20))

    def edit(index: int, tags: Tags) -> None:
        centre = np.array([0, -sin, cos]) * (100 - 3.0 * index)
        tags.update(
            ImageOrientationPatient=[1, 0, 0, 0, float(cos), float(sin)],
            ImagePositionPatient=[round(float(value), 6) for value in centre],
        )

    volume = read_series(write_scan(tmp_path, HU, edit=edit))
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.spacing[0] == pytest.approx(3.0, abs=1e-4)
