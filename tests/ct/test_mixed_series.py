"""Two scans that no UID parts are told by their places and numbers, and refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spgc.ct.series import read_series
from tests.ct.dicom_files import Tags, images, make_slice, save, write_scan
from tests.ct.test_series import check_error, tagged

TWO_PASSES = [*range(0, 24, 2), *range(1, 24, 2)]
"""Slices in the order in which two passes over the body number them."""


def two_passes(folder: Path, shift: float, numbers: list[int]) -> Path:
    """24 slices 2 mm apart, every second one `shift` mm further up, numbered in this order."""

    def edit(index: int, tags: Tags) -> None:
        z = 100.0 - 2 * index + shift * (index % 2)
        tags.update(number=numbers.index(index) + 1, ImagePositionPatient=[0, 0, z])

    return write_scan(folder, images(24), edit=edit)


@pytest.mark.parametrize("shift", [0.5, 1.3, -0.9])
def test_two_acquisitions_of_one_series_are_refused(tmp_path: Path, shift: float) -> None:
    """The second goes over the body again, breathing in between, and counts on."""
    folder = two_passes(tmp_path, shift, TWO_PASSES)
    error = check_error(folder, "several series")
    assert "runs of 12 and 12 slices" in str(error)


def test_two_passes_that_make_one_scan_are_read(tmp_path: Path) -> None:
    """Odd slices first, then even ones: distances are those of one scan."""
    volume = read_series(two_passes(tmp_path, 0.0, TWO_PASSES))
    assert volume.spacing[0] == 2.0
    assert volume.hu.shape[0] == 24


def test_numbers_without_an_order_are_no_runs(tmp_path: Path) -> None:
    """Uneven slices whose numbers were given at random: noted, and in the order of positions."""
    numbers = [int(n) for n in np.random.default_rng(0).permutation(24)]
    volume = read_series(two_passes(tmp_path, 0.5, numbers))
    assert volume.hu.shape[0] == 24
    assert any("InstanceNumber disagrees" in note for note in volume.notes)


@pytest.mark.parametrize(("count", "shift"), [(4, 1.0), (6, 0.7)])
def test_a_shorter_series_between_the_slices_is_refused(
    tmp_path: Path, count: int, shift: float
) -> None:
    """Thick or repeated slices of the same scan, which no UID parts from it."""
    write_scan(tmp_path, images(24), edit=tagged(SeriesInstanceUID=""))

    def edit(index: int, tags: Tags) -> None:
        tags.update(SeriesInstanceUID="", ImagePositionPatient=[-10, -10, tags["z"] - shift])

    write_scan(tmp_path, images(count, seed=1), name="Z{:04d}.dcm", edit=edit, step=4.0)
    error = check_error(tmp_path, "several series")
    assert f"{count} slices between two others" in str(error)


def test_one_slice_between_others_is_kept_and_noted(tmp_path: Path) -> None:
    write_scan(tmp_path, images(24), edit=tagged(SeriesInstanceUID=""))
    stray = make_slice(images(1, seed=1)[0], z=99.3, number=1, SeriesInstanceUID="")
    save(stray, tmp_path / "Z0001.dcm")
    volume = read_series(tmp_path)
    assert volume.hu.shape[0] == 25
    assert any("uneven slice distances" in note for note in volume.notes)
