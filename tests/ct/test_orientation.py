"""Slices in any of the eight positions at right angles become the same upright volume."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spgc.ct.orientation import set_upright
from spgc.ct.series import read_series
from spgc.errors import SeriesError
from tests.ct.dicom_files import Tags, images, write_scan

HU = images(4, 18)[:, :12]
"""(S, H, W) of unequal edges: 12 rows 0.5 mm apart, 18 columns 0.75 mm apart."""

LEFT, BACK = np.eye(3, dtype=int)[:2]

POSITIONS = {
    "upright": (LEFT, BACK, HU),
    "quarter turn": (BACK, -LEFT, np.rot90(HU, 1, (1, 2))),
    "half turn": (-LEFT, -BACK, np.rot90(HU, 2, (1, 2))),
    "three quarters": (-BACK, LEFT, np.rot90(HU, 3, (1, 2))),
    "mirrored": (-LEFT, BACK, HU[:, :, ::-1]),
    "mirrored, quarter turn": (BACK, LEFT, np.rot90(HU[:, :, ::-1], 1, (1, 2))),
    "mirrored, half turn": (LEFT, -BACK, np.rot90(HU[:, :, ::-1], 2, (1, 2))),
    "mirrored, three quarters": (-BACK, -LEFT, np.rot90(HU[:, :, ::-1], 3, (1, 2))),
}
"""How rows and columns run in the patient, and what the scanner then stores of `HU`."""


@pytest.mark.parametrize("name", POSITIONS)
def test_all_eight_positions_give_one_volume(tmp_path: Path, name: str) -> None:
    """Pixels go where a literal walk along rows and columns puts them, spacing goes with them."""
    row, column, stored = POSITIONS[name]
    turned = stored.shape != HU.shape
    corner = np.where((row + column)[:2] < 0, (17 * 0.75, 11 * 0.5), 0) - 10

    def edit(index: int, tags: Tags) -> None:
        tags.update(
            ImageOrientationPatient=[*row.tolist(), *column.tolist()],
            ImagePositionPatient=[*corner.tolist(), tags["z"]],
            PixelSpacing=[0.75, 0.5] if turned else [0.5, 0.75],
        )

    write_scan(tmp_path, stored, edit=edit)
    volume = read_series(tmp_path)
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.spacing == (2.0, 0.5, 0.75)
    np.testing.assert_allclose(volume.positions, 100.0 - 2.0 * np.arange(4))
    assert any("set upright" in note for note in volume.notes) == (name != "upright")


@pytest.mark.parametrize("name", POSITIONS)
def test_the_stored_images_are_those_that_the_matrix_says(name: str) -> None:
    """The oracle of the test above: PS3.3, equation C.7.6.2.1-1, one pixel at a time."""
    row, column, stored = POSITIONS[name]
    size = np.array([HU.shape[2], HU.shape[1]])
    start = np.where((row + column)[:2] < 0, size - 1, 0)
    for i in range(stored.shape[1]):
        for j in range(stored.shape[2]):
            x, y = start + j * row[:2] + i * column[:2]
            assert stored[0, i, j] == HU[0, y, x]


def test_a_small_turn_is_kept_and_noted(tmp_path: Path) -> None:
    cos, sin = np.cos(np.radians(10)), np.sin(np.radians(10))
    turned = [round(float(value), 6) for value in (cos, sin, 0, -sin, cos, 0)]
    write_scan(tmp_path, HU, edit=lambda _, tags: tags.update(ImageOrientationPatient=turned))
    volume = read_series(tmp_path)
    np.testing.assert_array_equal(volume.hu, HU)
    assert "slices are turned by 10.0 degrees in their plane: kept as stored" in volume.notes


def test_a_turn_between_two_positions_is_refused(tmp_path: Path) -> None:
    turned = [0.7071, 0.7071, 0, -0.7071, 0.7071, 0]
    write_scan(tmp_path, HU, edit=lambda _, tags: tags.update(ImageOrientationPatient=turned))
    with pytest.raises(SeriesError, match=r"turned in their plane.*45 degrees"):
        read_series(tmp_path)


def test_a_tilted_gantry_is_noted(tmp_path: Path) -> None:
    cos, sin = np.cos(np.radians(20)), np.sin(np.radians(20))

    def edit(index: int, tags: Tags) -> None:
        tags.update(ImageOrientationPatient=[1, 0, 0, 0, round(cos, 6), round(sin, 6)])

    volume = read_series(write_scan(tmp_path, HU, edit=edit))
    assert "slices are tilted by 20.0 degrees: kept as scanned" in volume.notes


@pytest.mark.parametrize("value", [[1, 0, 0, 0, 2, 0], [1, 0, 0, 1, 0, 0], b"1\\0\\0\\0\\x\\0"])
def test_a_damaged_orientation_is_never_taken_for_plain_axial(
    tmp_path: Path, value: object
) -> None:
    """Too long, not at right angles, no number; in a single slice the others' holds."""
    everywhere, once = tmp_path / "all", tmp_path / "one"
    write_scan(everywhere, HU, edit=lambda _, tags: tags.update(ImageOrientationPatient=value))
    with pytest.raises(SeriesError, match="damaged ImageOrientationPatient in 4 of 4 slices"):
        read_series(everywhere)

    def edit(index: int, tags: Tags) -> None:
        if index == 0:
            tags.update(ImageOrientationPatient=value)

    volume = read_series(write_scan(once, HU, edit=edit))
    np.testing.assert_array_equal(volume.hu, HU)
    assert "ImageOrientationPatient is damaged: not used (1 slices)" in volume.notes


def test_upright_slices_are_not_copied() -> None:
    hu, spacing, notes = set_upright(HU, (0.5, 0.75), (1, 0, 0, 0, 1, 0))
    assert hu is HU
    assert (spacing, notes) == ((0.5, 0.75), [])


@pytest.mark.parametrize(("lying", "noted"), [("HFS", False), ("FFS", True), ("HFP", True)])
def test_plain_axial_is_a_guess_that_patient_position_may_contradict(
    tmp_path: Path, lying: str, noted: bool
) -> None:
    def edit(index: int, tags: Tags) -> None:
        tags.update(ImageOrientationPatient=None, PatientPosition=lying)

    (note,) = read_series(write_scan(tmp_path, HU, edit=edit)).notes
    assert note.startswith("no ImageOrientationPatient: taken as plain axial")
    assert ("although PatientPosition" in note) == noted
