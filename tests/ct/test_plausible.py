"""One check says for all readers whether values can be HU of a chest and a spacing that of one."""

from __future__ import annotations

import math
from pathlib import Path

import nibabel
import numpy as np
import pytest
from numpy.typing import NDArray

from spgc.ct.plain_volumes import volume_from_array
from spgc.ct.plausible import HuCount, check_spacing
from spgc.ct.read_scan import read_scan
from spgc.errors import SeriesError
from tests.ct.dicom_files import write_scan

SPACING = (2.0, 0.7, 0.7)


def chest(shape: tuple[int, ...] = (6, 32, 32)) -> NDArray[np.int16]:
    """Air, lung, soft tissue and a little bone, with noise. HU"""
    rng = np.random.default_rng(0)
    kinds = rng.choice([-1000, -850, 40, 800], shape, p=[0.4, 0.25, 0.345, 0.005])
    return (kinds + rng.integers(-20, 21, shape)).astype(np.int16)


def accepted(values: NDArray[np.generic]) -> bool:
    count = HuCount()
    count.add(values)
    try:
        count.check()
    except SeriesError:
        return False
    return True


def padded(values: NDArray[np.int16]) -> NDArray[np.int16]:
    values = values.copy()
    values[:, :, :8] = -2000
    return values


HU = chest()

NOT_HU = {
    "stored values": HU + 1024,
    "stored values with padding": padded(HU + 1024),
    "intercept added twice": HU - 1024,
    "signed called unsigned": HU.astype(np.uint16),
    "signed called unsigned, one voxel of air": np.where(
        np.arange(HU.size).reshape(HU.shape) == 5, -1000, HU.astype(np.uint16).astype(np.int32)
    ),
    "whole range from 0": np.linspace(0, 32767, HU.size).reshape(HU.shape),
    "grey levels": ((HU + 1024) // 8).astype(np.uint8),
    "shares": (HU + 1024) / 2048,
    "attenuation per cm": (HU / 1000 + 1) * 0.19,
    "effective atomic number": np.clip(HU / 100 + 7, 0, 14),
    "nothing but air": np.full_like(HU, -1000),
    "nothing but padding": np.full_like(HU, -2000),
    "constant": np.zeros_like(HU),
}


@pytest.mark.parametrize("name", NOT_HU)
def test_values_that_are_not_hu(name: str) -> None:
    assert not accepted(NOT_HU[name])


def test_values_that_are_hu() -> None:
    """Padding, metal and a narrow field of view that holds a single bubble change nothing."""
    metal, bubble = HU.copy(), np.full((6, 64, 64), 40, np.int16)
    metal[0, 0, :10] = 30_000
    bubble[3, 30, 30] = -400
    assert all(map(accepted, (HU, padded(HU), HU.astype(np.float64), metal, bubble)))


def test_parts_count_as_the_whole() -> None:
    whole, parts = HuCount(), HuCount()
    whole.add(HU)
    for image in HU:
        part = HuCount()
        part.add(image)
        parts += part
    assert parts == whole


def test_the_readers_agree(tmp_path: Path) -> None:
    """The same voxels as DICOM, as NIfTI and as an array: in HU, and 1024 too high."""
    for name, hu in (("hu", HU), ("high", HU + 1024)):
        write_scan(tmp_path / name, hu)
        image = nibabel.Nifti1Image(hu[::-1, ::-1, ::-1].T, np.diag([0.7, 0.7, 2.0, 1.0]))
        nibabel.save(image, tmp_path / f"{name}.nii.gz")
    for source in (tmp_path / "hu", tmp_path / "hu.nii.gz"):
        np.testing.assert_array_equal(read_scan(source).hu, HU)
    np.testing.assert_array_equal(volume_from_array(HU, SPACING).hu, HU)
    for source in (tmp_path / "high", tmp_path / "high.nii.gz"):
        with pytest.raises(SeriesError, match=r"volume is not in HU.*found values from"):
            read_scan(source)
    with pytest.raises(SeriesError, match="volume is not in HU"):
        volume_from_array(HU + 1024, SPACING)


@pytest.mark.parametrize("step", [1e-6, 0.0007, 0.049, 501.0, 2500.0, 1e6, 0.0, -1.0, math.nan])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_spacings_of_no_chest(step: float, axis: int) -> None:
    spacing = tuple(step if i == axis else usual for i, usual in enumerate(SPACING))
    with pytest.raises(SeriesError, match="spacing is not that of a chest CT"):
        check_spacing((spacing[0], spacing[1], spacing[2]), (9, 9, 9))


@pytest.mark.parametrize(
    "spacing", [(0.5, 0.2, 0.2), (10.0, 0.98, 0.98), (29.6, 5.94, 5.94), (152.3, 7.2, 7.2)]
)
def test_spacings_of_a_chest(spacing: tuple[float, float, float]) -> None:
    check_spacing(spacing, (10, 64, 64))


@pytest.mark.parametrize("spacing", [(2.0, 7.0, 7.0), (2.0, 0.7, 7.0), (50.0, 0.7, 0.7)])
def test_scans_of_more_than_a_bore_or_a_body(spacing: tuple[float, float, float]) -> None:
    """Lengths in another unit, each of which could be one in mm."""
    with pytest.raises(SeriesError, match=r"spacing is not that.*at most 3000 x 1000 x 1000 mm"):
        check_spacing(spacing, (100, 512, 512))


@pytest.mark.parametrize("value", [[1e-6, 1e-6], [1e6, 1e6], b"0,0007\\0,0007"])
def test_series_with_absurd_pixels_are_refused(tmp_path: Path, value: object) -> None:
    write_scan(tmp_path, HU, edit=lambda _, tags: tags.update(PixelSpacing=value))
    with pytest.raises(SeriesError, match="spacing is not that of a chest CT"):
        read_scan(tmp_path)


@pytest.mark.parametrize(
    ("spacing", "found"),
    [
        ((2.0, 0.06, 0.06), "at least 100 mm wide"),
        ((2.0, 0.15, 0.15), "at least 100 mm wide"),
        ((2.0, 1.99, 1.99), "1000 mm"),
        ((2.0, 0.8, 0.16), "at least 100 mm wide"),
        ((2.0, 0.2, 1.0), "1.5 times as long as wide"),
        ((2.0, 0.7, 1.4), "1.5 times as long as wide"),
    ],
)
def test_fields_that_no_chest_is_scanned_in(
    spacing: tuple[float, float, float], found: str
) -> None:
    with pytest.raises(SeriesError, match=f"spacing is not that of a chest CT.*{found}"):
        check_spacing(spacing, (30, 512, 512))


@pytest.mark.parametrize(
    ("pixel", "noted"), [(0.2, True), (0.29, True), (0.3, False), (1.36, False), (1.4, True)]
)
def test_fields_that_few_chests_are_scanned_in_are_noted(
    tmp_path: Path, pixel: float, noted: bool
) -> None:
    """By every reader; a targeted image of one lung is narrow, a body with arms wide."""
    hu = chest((3, 512, 512))
    volume = volume_from_array(hu, (2.0, pixel, pixel))
    image = nibabel.Nifti1Image(hu[::-1, ::-1, ::-1].T, np.diag([pixel, pixel, 2.0, 1.0]))
    nibabel.save(image, tmp_path / "a.nii")
    write_scan(tmp_path / "a", hu, edit=lambda _, t: t.update(PixelSpacing=[pixel, pixel]))
    for read in (volume, read_scan(tmp_path / "a.nii"), read_scan(tmp_path / "a")):
        assert ["chests have 150 to 700 mm" in note for note in read.notes] == [True] * noted


@pytest.mark.parametrize("slope", [1.5, 2, 10])
def test_a_body_of_bone(slope: float) -> None:
    """A slope too large for all slices, whose lungs then lie where tissue should."""
    lungs = np.random.default_rng(1).uniform(-900, -300, HU.shape)
    values = np.where(HU < -700, lungs, HU)
    assert accepted(values)
    assert not accepted((values + 1024) * slope - 1024)


def test_implants_and_contrast_are_no_body_of_bone() -> None:
    """A fifth of the body at 400 HU and metal at its highest values."""
    values = HU.copy()
    values[(HU > 0) & (np.arange(HU.size).reshape(HU.shape) % 5 == 0)] = 400
    values[0, 0, :20] = 30_000
    assert accepted(values)
