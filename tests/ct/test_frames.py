"""Enhanced CT: one file with all slices gives the volume that single files would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence

from spgc.ct.read_scan import read_scan
from spgc.errors import SeriesError
from tests.ct.dicom_files import IDENTITY, as_written, images, make_slice, save, write_scan

HU = images(5)
ORDER = (3, 0, 4, 2, 1)
"""Frames lie in the file in any order."""


IN_GROUPS = (
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "SliceLocation",
    "PixelSpacing",
    "SliceThickness",
    "RescaleSlope",
    "RescaleIntercept",
)


def item(**tags: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    return dataset


def enhanced(hu: np.ndarray = HU, *, own_rescale: bool = False) -> Dataset:
    """An Enhanced CT object of `hu` from head to feet, 2 mm apart, stored in `ORDER`."""
    dataset = make_slice(hu[0])
    for keyword in IN_GROUPS:
        delattr(dataset, keyword)
    dataset.SOPClassUID = uid.EnhancedCTImageStorage
    dataset.NumberOfFrames = len(hu)
    dataset.BitsStored, dataset.HighBit = 16, 15
    shared = item(
        PixelMeasuresSequence=Sequence([item(PixelSpacing=[0.5, 0.75], SliceThickness=2)]),
        PlaneOrientationSequence=Sequence([item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])]),
    )
    if not own_rescale:
        shared.PixelValueTransformationSequence = Sequence(
            [item(RescaleSlope=1, RescaleIntercept=-1024)]
        )
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    frames, pixels = [], []
    for index in ORDER:
        offset = 1024 + (index if own_rescale else 0)
        own = item(
            PlanePositionSequence=Sequence([item(ImagePositionPatient=[-10, -10, 100 - 2 * index])])
        )
        if own_rescale:
            own.PixelValueTransformationSequence = Sequence(
                [item(RescaleSlope=1, RescaleIntercept=-offset)]
            )
        frames.append(own)
        pixels.append((hu[index].astype(np.int32) + offset).astype(np.uint16).tobytes())
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    dataset.PixelData = b"".join(pixels)
    return dataset


@pytest.mark.parametrize("own_rescale", [False, True], ids=["shared", "per frame"])
def test_same_volume_as_single_files(tmp_path: Path, own_rescale: bool) -> None:
    save(enhanced(own_rescale=own_rescale), tmp_path / "multi" / "a.dcm")
    write_scan(tmp_path / "single", HU)
    one, many = read_scan(tmp_path / "multi"), read_scan(tmp_path / "single")
    np.testing.assert_array_equal(one.hu, many.hu)
    np.testing.assert_array_equal(one.positions, many.positions)
    assert one.spacing == many.spacing == (2.0, 0.5, 0.75)
    assert many.notes == ()
    assert ["HU go on (4 slices)" in note for note in one.notes] == [True] * own_rescale


def test_compressed_frames(tmp_path: Path) -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    dataset = enhanced()
    rows = np.frombuffer(dataset.PixelData, np.uint16).reshape(len(HU), *HU[0].shape)
    encoded = [imagecodecs.jpeg8_encode(row, lossless=True, predictor=1) for row in rows]
    dataset.PixelData = encapsulate(encoded)
    save(dataset, tmp_path / "a.dcm", uid.JPEGLosslessSV1)
    np.testing.assert_array_equal(read_scan(tmp_path).hu, HU)


def test_frames_without_places_keep_their_order(tmp_path: Path) -> None:
    dataset = enhanced()
    del dataset.PerFrameFunctionalGroupsSequence
    save(dataset, tmp_path / "a.dcm")
    volume = read_scan(tmp_path)
    np.testing.assert_array_equal(volume.hu, HU[list(ORDER)])
    [note] = volume.notes
    assert note.startswith("no usable ImagePositionPatient: ordered by InstanceNumber")


def test_damaged_numbers_in_groups_follow_the_rule_of_plain_tags(tmp_path: Path) -> None:
    """A comma is a point; no number at all is an error."""
    dataset = enhanced()
    shared = dataset.SharedFunctionalGroupsSequence[0]
    measures = shared.PixelMeasuresSequence[0]
    measures["PixelSpacing"] = as_written("PixelSpacing", b"0,5\\0,75")
    rescale = shared.PixelValueTransformationSequence[0]
    rescale["RescaleSlope"] = as_written("RescaleSlope", b"1,0")
    save(dataset, tmp_path / "comma" / "a.dcm")
    volume = read_scan(tmp_path / "comma")
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.spacing == (2.0, 0.5, 0.75)
    assert len(volume.notes) == 2
    rescale["RescaleSlope"] = as_written("RescaleSlope", b"x")
    save(dataset, tmp_path / "damaged" / "a.dcm")
    with pytest.raises(SeriesError, match="damaged RescaleSlope"):
        read_scan(tmp_path / "damaged")


def test_the_unit_of_a_group_is_read(tmp_path: Path) -> None:
    dataset = enhanced()
    shared = dataset.SharedFunctionalGroupsSequence[0]
    shared.PixelValueTransformationSequence[0].RescaleType = "Z_EFF"
    save(dataset, tmp_path / "a.dcm")
    with pytest.raises(SeriesError, match="RescaleType Z_EFF"):
        read_scan(tmp_path)


def test_an_intercept_without_slope_in_groups(tmp_path: Path) -> None:
    dataset = enhanced()
    shared = dataset.SharedFunctionalGroupsSequence[0]
    del shared.PixelValueTransformationSequence[0].RescaleSlope
    save(dataset, tmp_path / "a.dcm")
    volume = read_scan(tmp_path)
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.notes == ("no RescaleSlope: taken as 1 (5 slices)",)


@pytest.mark.parametrize("wrong", ["pixels", "places"])
def test_incomplete_objects_are_refused(tmp_path: Path, wrong: str) -> None:
    dataset = enhanced()
    if wrong == "pixels":
        dataset.PixelData = dataset.PixelData[:-100]
    else:
        dataset.PerFrameFunctionalGroupsSequence.pop()
    save(dataset, tmp_path / "a.dcm")
    with pytest.raises(SeriesError, match="multi-frame image is not complete") as caught:
        read_scan(tmp_path)
    assert IDENTITY not in str(caught.value)


@pytest.mark.parametrize("extra", [2, 512, HU[0].size * 2])
def test_pixels_beyond_the_last_frame(tmp_path: Path, extra: int) -> None:
    dataset = enhanced()
    dataset.PixelData = dataset.PixelData + bytes(extra)
    save(dataset, tmp_path / "a.dcm")
    with pytest.raises(SeriesError, match="pixels of another number"):
        read_scan(tmp_path)


def test_a_compressed_image_beyond_the_last_frame(tmp_path: Path) -> None:
    """By its offset table, and by the first place of it."""
    for first in (True, False):
        dataset = enhanced()
        dataset.PixelData = encapsulate([b"stream"] * (len(HU) + 1))
        if not first:
            content = bytearray(dataset.PixelData)
            del content[8:12]
            content[4:8] = (4 * len(HU)).to_bytes(4, "little")
            dataset.PixelData = bytes(content)
        save(dataset, tmp_path / "a.dcm", uid.JPEGLosslessSV1)
        with pytest.raises(SeriesError, match="pixels of another number"):
            read_scan(tmp_path)
