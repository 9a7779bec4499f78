"""Enhanced CT: one file with all slices gives the volume that single files would."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import uid
from pydicom.datadict import tag_for_keyword
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


def without_lengths(dataset: Dataset) -> Dataset:
    """Functional groups whose sequences and items end with a delimiter."""
    for name in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        dataset[name].is_undefined_length = True
        for group in dataset[name].value:
            group.is_undefined_length_sequence_item = True
            for macro in group:
                macro.is_undefined_length = True
                for one in macro.value:
                    one.is_undefined_length_sequence_item = True
    return dataset


def twice(content: bytes, keyword: str, value: bytes) -> bytes:
    """A file with a second value of a tag of one place behind the first."""
    head = struct.pack("<HH", tag_for_keyword(keyword) >> 16, tag_for_keyword(keyword) & 0xFFFF)
    assert content.count(head + b"DS") == 1
    at = content.index(head + b"DS") + 8
    at += int.from_bytes(content[at - 2 : at], "little")
    return content[:at] + head + b"DS" + struct.pack("<H", len(value)) + value + content[at:]


REPEATED = {"RescaleIntercept": b"-1000 ", "RescaleSlope": b"1.1 ", "PixelSpacing": b"3\\3 "}


@pytest.mark.parametrize("keyword", REPEATED)
@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.DeflatedExplicitVRLittleEndian])
def test_a_tag_twice_in_an_item_is_damage(tmp_path: Path, keyword: str, syntax: str) -> None:
    """The last would win in silence, as in a file of one slice."""
    path = save(without_lengths(enhanced()), tmp_path / "a.dcm")
    np.testing.assert_array_equal(read_scan(tmp_path).hu, HU)
    content = twice(path.read_bytes(), keyword, REPEATED[keyword])
    if syntax == uid.DeflatedExplicitVRLittleEndian:
        content = deflated(content)
    path.write_bytes(content)
    with pytest.raises(SeriesError, match=r"a.dcm.*found a tag twice"):
        read_scan(tmp_path)


def deflated(content: bytes) -> bytes:
    """An explicit file, its dataset packed and its transfer syntax named so."""
    named = b"1.2.840.10008.1.2.1\0"
    at = content.index(named)
    end = 128 + 4 + 12 + int.from_bytes(content[140:144], "little")
    head = bytearray(content[:end])
    head[at : at + len(named)] = b"1.2.840.10008.1.2.1.99"
    head[at - 2 : at] = (22).to_bytes(2, "little")
    head[140:144] = (end - 144 + 2).to_bytes(4, "little")
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = packer.compress(content[end:]) + packer.flush()
    return bytes(head) + packed + bytes(len(packed) % 2)


@pytest.mark.parametrize(
    "syntax",
    [
        uid.ExplicitVRLittleEndian,
        uid.ImplicitVRLittleEndian,
        uid.DeflatedExplicitVRLittleEndian,
    ],
)
@pytest.mark.parametrize("lengths", [True, False])
def test_sound_groups_in_any_form(tmp_path: Path, syntax: str, lengths: bool) -> None:
    dataset = enhanced() if lengths else without_lengths(enhanced())
    save(dataset, tmp_path / "a.dcm", syntax)
    np.testing.assert_array_equal(read_scan(tmp_path).hu, HU)


def test_a_tag_twice_in_an_item_of_a_said_length(tmp_path: Path) -> None:
    dataset = enhanced()
    rescale = dataset.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence[0]
    del rescale.RescaleSlope  # as long as a second intercept
    rescale.RescaleType = "HUHU"
    path = save(dataset, tmp_path / "a.dcm")
    content = path.read_bytes()
    kind = b"\x28\0\x54\x10LO\x04\0HUHU"
    assert content.count(kind) == 1
    path.write_bytes(content.replace(kind, b"\x28\0\x52\x10DS\x04\0-999"))
    with pytest.raises(SeriesError, match=r"a.dcm.*found a tag twice"):
        read_scan(tmp_path)


def rescaling(intercept: int) -> Sequence:
    return Sequence([item(RescaleSlope=1, RescaleIntercept=intercept)])


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("macro", "2 items in PixelValueTransformationSequence"),
        ("shared", "2 items in SharedFunctionalGroupsSequence"),
        ("both", "two values of RescaleIntercept"),
    ],
)
def test_groups_that_contradict_each_other(tmp_path: Path, where: str, found: str) -> None:
    dataset = enhanced()
    shared = dataset.SharedFunctionalGroupsSequence
    if where == "macro":
        shared[0].PixelValueTransformationSequence.extend(rescaling(-1000))
    elif where == "shared":
        shared.append(item(PixelValueTransformationSequence=rescaling(-1000)))
    else:
        dataset.PerFrameFunctionalGroupsSequence[2].PixelValueTransformationSequence = rescaling(
            -1000
        )
    save(dataset, tmp_path / "a.dcm")
    with pytest.raises(SeriesError, match=rf"contradict each other.*a.dcm.*{found}"):
        read_scan(tmp_path)


def test_a_macro_said_twice_alike(tmp_path: Path) -> None:
    dataset = enhanced()
    for group in dataset.PerFrameFunctionalGroupsSequence:
        group.PixelValueTransformationSequence = rescaling(-1024)
    save(dataset, tmp_path / "a.dcm")
    np.testing.assert_array_equal(read_scan(tmp_path).hu, HU)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("RescaleIntercept", 0),
        ("RescaleSlope", 2),
        ("PixelSpacing", [3, 3]),
        ("SliceThickness", 7),
        ("ImageOrientationPatient", [0, 1, 0, 0, 0, -1]),
    ],
)
@pytest.mark.parametrize("own_rescale", [False, True], ids=["shared", "per frame"])
def test_a_plain_tag_that_the_groups_say_otherwise(
    tmp_path: Path, keyword: str, value: object, own_rescale: bool
) -> None:
    """The groups count, as Enhanced CT has it, and a remark says so."""
    dataset = enhanced(own_rescale=own_rescale)
    setattr(dataset, keyword, value)
    save(dataset, tmp_path / "a.dcm")
    volume = read_scan(tmp_path)
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.spacing == (2.0, 0.5, 0.75)
    assert f"{keyword} differs in the functional groups: theirs used (5 slices)" in volume.notes


def test_plain_tags_that_agree_or_say_nothing(tmp_path: Path) -> None:
    """Alike, empty, or of one frame: no remark. A group's empty tag leaves the plain one."""
    dataset = enhanced()
    dataset.RescaleIntercept, dataset.RescaleSlope = "-1024.0", None
    dataset.ImagePositionPatient = [-10, -10, 100]
    dataset.PixelSpacing = [0.5, 0.75]
    shared = dataset.SharedFunctionalGroupsSequence[0]
    shared.PixelValueTransformationSequence[0].RescaleIntercept = None
    save(dataset, tmp_path / "a.dcm")
    volume = read_scan(tmp_path)
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.notes == ()
