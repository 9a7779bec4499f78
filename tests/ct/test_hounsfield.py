"""Stored values become HU as each slice's own tags say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spgc.ct.series import Volume, read_series

from .dicom_files import Tags, images, make_slice, save, write_scan

HU = images(3)


def one_slice(folder: Path, stored: NDArray[Any], **tags: Any) -> Volume:
    tags.setdefault("PixelRepresentation", int(stored.dtype.kind == "i"))
    dataset = make_slice(np.zeros(stored.shape, np.int16), PixelData=stored.tobytes(), **tags)
    save(dataset, folder / "a.dcm")
    return read_series(folder)


def test_slope_and_intercept_of_each_slice(tmp_path: Path) -> None:
    def edit(index: int, tags: Tags) -> None:
        tags.update(RescaleSlope=index + 1, RescaleIntercept=-1000 * index)

    volume = read_series(write_scan(tmp_path, HU, edit=edit))
    stored = HU.astype(np.int32) + 1024
    expected = [stored[i] * (i + 1) - 1000 * i for i in range(3)]
    np.testing.assert_array_equal(volume.hu, np.maximum(expected, -1024))


def test_fractional_slope_is_rounded(tmp_path: Path) -> None:
    stored = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    volume = one_slice(tmp_path, stored, RescaleSlope=0.3, RescaleIntercept=-1007.5)
    np.testing.assert_array_equal(volume.hu[0], np.rint(stored * 0.3 - 1007.5))


def test_missing_rescale_means_hu(tmp_path: Path) -> None:
    stored = np.arange(-1024, 1024, dtype=np.int16).reshape(32, 64)
    volume = one_slice(tmp_path, stored, RescaleSlope=None, RescaleIntercept=None)
    np.testing.assert_array_equal(volume.hu[0], stored)
    assert "stored values taken as HU" in volume.notes[0]


def test_values_below_air_become_air(tmp_path: Path) -> None:
    stored = np.int16([[-2000, -1025], [-900, 40]])
    volume = one_slice(tmp_path, stored, RescaleIntercept=0)
    np.testing.assert_array_equal(volume.hu[0], [[-1024, -1024], [-900, 40]])


@pytest.mark.parametrize(
    ("stored", "tags"),
    [
        (np.int16([[-950, 10], [-500, 30]]), {"PixelPaddingValue": -950, "RescaleIntercept": 0}),
        (np.uint16([[63, 1034], [524, 1054]]), {"PixelPaddingValue": 63}),
        (
            np.uint16([[60, 1034], [524, 1054]]),
            {"PixelPaddingValue": 0, "PixelPaddingRangeLimit": 70},
        ),
    ],
    ids=["signed", "unsigned", "range"],
)
def test_padding_becomes_air(tmp_path: Path, stored: NDArray[Any], tags: Tags) -> None:
    volume = one_slice(tmp_path, stored, **tags)
    np.testing.assert_array_equal(volume.hu[0], [[-1024, 10], [-500, 30]])
    assert volume.notes[1:] == ()  # a single slice is noted, padding is not


def test_padding_value_of_water_is_not_used(tmp_path: Path) -> None:
    stored = np.int16([[0, 0], [-900, 0]])
    volume = one_slice(tmp_path, stored, PixelPaddingValue=0, RescaleIntercept=0)
    np.testing.assert_array_equal(volume.hu[0], stored)
    assert any("not used" in note for note in volume.notes)


def chest_like() -> NDArray[np.int16]:
    hu = np.full((64, 64), -1024, np.int16)
    hu[16:48, 12:52] = 40
    return hu


def test_monochrome1_with_plain_pixels(tmp_path: Path) -> None:
    stored = (chest_like() + 1024).astype(np.uint16)
    volume = one_slice(tmp_path, stored, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(volume.hu[0], chest_like())


def test_monochrome1_with_inverted_pixels(tmp_path: Path) -> None:
    stored = (4095 - (chest_like() + 1024)).astype(np.uint16)
    volume = one_slice(tmp_path, stored, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(volume.hu[0], chest_like())
    assert any("turned back" in note for note in volume.notes)
