"""Padding of any value is outside the field of view: the lungs are the same as with air there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
from numpy.typing import NDArray

from spgc.ct.field_padding import padding_as_air
from spgc.ct.lungs import segment_lungs
from spgc.ct.read_scan import read_scan
from spgc.ct.series import Volume
from tests.ct.dicom_files import write_scan
from tests.ct.test_watershed import two_lungs

SPACING = (2.0, 0.75, 0.75)
SCAN = np.stack([two_lungs(), np.roll(two_lungs(), 3, axis=0), two_lungs()])
Image = NDArray[np.int16]


def outside(hu: Image) -> NDArray[np.bool_]:
    """(H, W), true beyond the circle of reconstruction."""
    height, width = hu.shape[1:]
    y, x = np.mgrid[:height, :width]
    return np.hypot(y - height / 2 + 0.5, x - width / 2 + 0.5) > height / 2 - 2


def padded(hu: Image, value: int) -> Image:
    filled = hu.copy()
    filled[:, outside(hu)] = value
    return filled


def dicom(folder: Path, hu: Image) -> Path:
    tags = {"PixelSpacing": list(SPACING[1:])}
    return write_scan(folder / "scan", hu, edit=lambda _, own: own.update(tags))


def npy(folder: Path, hu: Image) -> Path:
    (folder / "scan.json").write_text(json.dumps({"spacing": SPACING}))
    np.save(folder / "scan.npy", hu)
    return folder / "scan.npy"


def write_by_itk(path: Path, hu: Image) -> Path:
    itk = pytest.importorskip("SimpleITK")
    image = itk.GetImageFromArray(hu[::-1])
    image.SetSpacing(SPACING[::-1])
    itk.WriteImage(image, path)
    return path


def metaimage(folder: Path, hu: Image) -> Path:
    return write_by_itk(folder / "scan.mha", hu)


def nifti(folder: Path, hu: Image) -> Path:
    path = write_by_itk(folder / "scan.nii.gz", hu)
    assert nibabel.load(path).shape == hu.shape[::-1]
    return path


@pytest.mark.parametrize("value", [0, -350, 40, 250])
@pytest.mark.parametrize("write", [dicom, npy, metaimage, nifti])
def test_padding_of_tissue_is_no_wall_around_the_patient(
    tmp_path: Path, write: Callable[[Path, Image], Path], value: int
) -> None:
    volume = read_scan(write(tmp_path, padded(SCAN, value)))
    np.testing.assert_array_equal(volume.hu, padded(SCAN, -1024))
    np.testing.assert_array_equal(segment_lungs(volume.hu), segment_lungs(SCAN))
    assert f"corners of {value} HU" in volume.notes[-1]
    assert "(3 slices)" in volume.notes[-1]


def of(hu: Image) -> Volume:
    return Volume(hu, SPACING, np.arange(len(hu), dtype=float), ())


def test_tissue_of_the_same_value_stays() -> None:
    hu = padded(SCAN, 40)
    inside = ~outside(hu)
    middle = padding_as_air(of(hu.copy())).hu[:, inside]
    np.testing.assert_array_equal(middle, SCAN[:, inside])
    assert (middle == 40).any()


@pytest.mark.parametrize("value", [-1024, -1000, -950])
def test_air_is_left_as_it_is(value: int) -> None:
    volume = of(padded(SCAN, value))
    assert padding_as_air(volume) is volume


def test_corners_with_noise_are_an_image() -> None:
    """A field that lies within the body has tissue in its corners."""
    hu = np.random.default_rng(0).normal(40, 10, (20, 32, 32)).astype(np.int16)
    volume = of(hu)
    assert padding_as_air(volume) is volume
