"""Numeric tags are understood, with a remark where that took a repair, or called damaged."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian

from spgc.ct.series import read_series
from spgc.ct.tags import DamagedTagError, number, numbers
from spgc.errors import SeriesError
from tests.ct.dicom_files import (
    IDENTITY,
    Tags,
    as_written,
    images,
    make_slice,
    save,
    write_scan,
)

HU = images(5)


def dataset_with(keyword: str, value: bytes) -> Dataset:
    dataset = Dataset()
    dataset[keyword] = as_written(keyword, value)
    return dataset


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), (" -1024.0 ", -1024), ("+2.5e1", 25), (".5", 0.5), ("7.", 7), ("0", 0)],
)
def test_decimal_strings(text: str, value: float) -> None:
    remarks: list[str] = []
    assert number(dataset_with("RescaleSlope", text.encode()), "RescaleSlope", remarks) == value
    assert remarks == []


@pytest.mark.parametrize(("text", "value"), [("0,5", 0.5), ("-1024,0", -1024), ("1,5e2", 150)])
def test_a_comma_is_a_point_with_a_remark(text: str, value: float) -> None:
    remarks: list[str] = []
    assert number(dataset_with("RescaleSlope", text.encode()), "RescaleSlope", remarks) == value
    assert remarks == ["RescaleSlope with a decimal comma: read as a point"]


@pytest.mark.parametrize("text", ["", "  ", "\\"])
def test_empty_tags_count_as_missing(text: str) -> None:
    assert numbers(dataset_with("PixelSpacing", text.encode()), "PixelSpacing", 2, []) is None
    assert numbers(Dataset(), "PixelSpacing", 2, []) is None


@pytest.mark.parametrize(
    "text",
    [
        "nan",
        "inf",
        "-Infinity",
        "1e400",
        "abc",
        "1.2.3",
        "1,234.5",
        "1_0",
        "0x1",
        "1\\2",
        "5 mm",
        "\N{ARABIC-INDIC DIGIT ONE}",
    ],
)
def test_anything_else_is_damaged(text: str) -> None:
    with pytest.raises(DamagedTagError, match="RescaleSlope"):
        number(dataset_with("RescaleSlope", text.encode()), "RescaleSlope", [])


@pytest.mark.parametrize("text", ["1", "1\\2\\3", "1\\", "1\\x"])
def test_the_wrong_number_of_values_is_damaged(text: str) -> None:
    with pytest.raises(DamagedTagError, match="PixelSpacing"):
        numbers(dataset_with("PixelSpacing", text.encode()), "PixelSpacing", 2, [])


def comma(index: int, tags: Tags) -> None:
    """The geometry as an exporter with a German locale writes it, InstanceNumber from the feet."""
    z = tags["z"]
    tags.update(
        number=len(HU) - index,
        ImagePositionPatient=f"-10,5\\-10,5\\{z:.2f}".replace(".", ",").encode(),
        ImageOrientationPatient=b"1,0\\0,0\\0,0\\0,0\\1,0\\0,0",
        PixelSpacing=b"0,5\\0,75",
        SliceLocation=f"{z:.2f}".replace(".", ",").encode(),
        SliceThickness=b"2,0",
        RescaleSlope=b"1,0",
        RescaleIntercept=b"-1024,0",
    )


def test_a_series_with_commas_is_read_as_with_points(tmp_path: Path) -> None:
    volume = read_series(write_scan(tmp_path, HU, edit=comma))
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.spacing == (2.0, 0.5, 0.75)
    np.testing.assert_allclose(volume.positions, 100.0 - 2.0 * np.arange(5))
    assert len(volume.notes) == 7
    assert all("decimal comma: read as a point (5 slices)" in note for note in volume.notes)


@pytest.mark.parametrize("keyword", ["ImagePositionPatient", "PixelSpacing"])
def test_damaged_geometry_is_refused(tmp_path: Path, keyword: str) -> None:
    """No weaker tag stands in for a place that is there but can't be read."""
    value = IDENTITY.encode()
    write_scan(tmp_path, HU, edit=lambda _, tags: tags.update({keyword: value}))
    with pytest.raises(SeriesError, match=f"damaged {keyword} in 5 of 5 slices") as caught:
        read_series(tmp_path)
    assert IDENTITY not in str(caught.value)


@pytest.mark.parametrize("keyword", ["SliceThickness", "SliceLocation", "InstanceNumber"])
@pytest.mark.parametrize("value", [b"x", b"nan", b"1\\2"])
def test_damaged_tags_that_are_not_needed_are_named(
    tmp_path: Path, keyword: str, value: bytes
) -> None:
    volume = read_series(
        write_scan(tmp_path, HU, edit=lambda _, tags: tags.update({keyword: value}))
    )
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.notes == (f"{keyword} is damaged: not used (5 slices)",)


@pytest.mark.parametrize("value", [b"-2", b"0"])
def test_a_thickness_that_is_none_is_no_spacing(tmp_path: Path, value: bytes) -> None:
    edit = {"SliceThickness": value}
    volume = read_series(write_scan(tmp_path, HU[:1], edit=lambda _, tags: tags.update(edit)))
    assert volume.spacing[0] == 1.0
    assert len(volume.notes) == 2


def test_an_image_type_of_one_value(tmp_path: Path) -> None:
    write_scan(tmp_path, HU)
    scout = {"SeriesInstanceUID": "1.2.3", "ImageType": "LOCALIZER"}
    write_scan(tmp_path, HU[:1], name="scout.dcm", edit=lambda _, tags: tags.update(scout))
    volume = read_series(tmp_path)
    assert volume.notes == ("1 left out: localizer images",)


INTERCEPT = b"\x28\0\x52\x10DS\x04\0-500"


@pytest.mark.parametrize("where", ["before", "at the end"])
def test_a_tag_twice_is_damage(tmp_path: Path, where: str) -> None:
    """The last one would win in silence, wherever it stands."""
    path = write_scan(tmp_path, HU) / "IM0002.dcm"
    content = path.read_bytes()
    at = content.index(INTERCEPT[:4]) if where == "before" else len(content)
    path.write_bytes(content[:at] + INTERCEPT + content[at:])
    with pytest.raises(SeriesError, match=r"IM0002.dcm.*found a tag twice"):
        read_series(tmp_path)


def test_an_encoding_other_than_the_one_named_is_no_tag_twice(tmp_path: Path) -> None:
    """Implicit VR in a file that names explicit, as some converters leave it."""
    explicit, implicit = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0"
    for index, image in enumerate(HU):
        dataset = make_slice(image, z=100.0 - 2 * index, number=index + 1)
        path = save(dataset, tmp_path / f"{index}.dcm", ImplicitVRLittleEndian)
        content = path.read_bytes()
        size = int.from_bytes(content[140:144], "little") + 2
        content = content[:140] + size.to_bytes(4, "little") + content[144:]
        path.write_bytes(content.replace(b"\x12\0" + implicit, b"\x14\0" + explicit))
        assert explicit in path.read_bytes()
    np.testing.assert_array_equal(read_series(tmp_path).hu, HU)


def test_a_tag_out_of_order_is_read(tmp_path: Path) -> None:
    """Tools that anonymise append theirs behind the pixels; each tag stands once."""
    path = write_scan(tmp_path, HU) / "IM0002.dcm"
    path.write_bytes(path.read_bytes() + b"\x12\0\x62\0CS\x04\0YES ")
    np.testing.assert_array_equal(read_series(tmp_path).hu, HU)


def test_zeros_after_the_last_tag_are_padding(tmp_path: Path) -> None:
    path = write_scan(tmp_path, HU) / "IM0002.dcm"
    path.write_bytes(path.read_bytes() + bytes(512))
    np.testing.assert_array_equal(read_series(tmp_path).hu, HU)


def test_a_long_number_that_is_none_is_damaged_at_once() -> None:
    """Some minutes a tag and slice, where each of its digits is tried as the end of the number."""
    start = time.process_time()
    with pytest.raises(DamagedTagError):
        number(dataset_with("RescaleSlope", b"0" * 65_000 + b"x"), "RescaleSlope", [])
    assert time.process_time() - start < 2
