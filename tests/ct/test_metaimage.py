"""MetaImage volumes read as SimpleITK reads them, or refused with the reason."""

from __future__ import annotations

import itertools
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spgc.ct.patient_sides import sides_known
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.read_scan import check_scan_file, files_of, read_scan
from spgc.ct.scan_key import scan_key
from spgc.ct.series import Volume
from spgc.errors import SeriesError
from tests.ct.dicom_files import IDENTITY
from tests.ct.metaimage_files import HU, ORIGIN, SPACING, header, voxels, write_metaimage

TURNS = {
    f"{axes}{flips}": (axes, flips)
    for axes in itertools.permutations(range(3))
    for flips in [(), (0,), (1, 2), (0, 1, 2)]
}


def turned(axes: tuple[int, ...], flips: tuple[int, ...]) -> Any:
    """`HU` as a SimpleITK image, its axes permuted and flipped; the directions say how."""
    itk = pytest.importorskip("SimpleITK")
    stored, directions = HU[::-1].transpose(2, 1, 0), np.eye(3)
    origin = np.array(ORIGIN)
    stored, directions = stored.transpose(axes), directions[:, list(axes)]
    spacing = np.array(SPACING[::-1])[list(axes)]
    for axis in flips:
        origin = origin + directions[:, axis] * spacing[axis] * (stored.shape[axis] - 1)
        directions[:, axis] *= -1
        stored = np.flip(stored, axis)
    image = itk.GetImageFromArray(np.ascontiguousarray(stored.transpose(2, 1, 0)))
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(origin.tolist())
    image.SetDirection(directions.ravel().tolist())
    image.SetMetaData("0010|0010", IDENTITY)
    return image


def as_itk_has_it(path: Path) -> tuple[NDArray[np.int16], tuple[float, ...], NDArray[np.float64]]:
    """(S, H, W) HU head to feet, (z, y, x) mm, and where each slice lies, of a plain axial scan."""
    itk = pytest.importorskip("SimpleITK")
    image = itk.DICOMOrient(itk.ReadImage(str(path)), "LPS")
    last = image.GetSize()[2]
    places = [image.TransformIndexToPhysicalPoint((0, 0, z))[2] for z in range(last)]
    return itk.GetArrayFromImage(image)[::-1], image.GetSpacing()[::-1], np.array(places[::-1])


def check_like_itk(path: Path) -> Volume:
    volume = read_scan(path)
    hu, spacing, positions = as_itk_has_it(path)
    np.testing.assert_array_equal(volume.hu, hu)
    np.testing.assert_allclose(volume.spacing, spacing)
    np.testing.assert_allclose(volume.positions, positions)
    return volume


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("name", ["a.mha", "packed.mha", "a.mhd", "packed.mhd"])
def test_any_orientation_is_that_of_simpleitk(tmp_path: Path, turn: str, name: str) -> None:
    itk = pytest.importorskip("SimpleITK")
    path = tmp_path / name
    itk.WriteImage(turned(*TURNS[turn]), str(path), useCompression="packed" in name)
    volume = check_like_itk(path)
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.notes == ()
    assert IDENTITY.encode() in path.read_bytes()


KINDS = ["Int16", "Int32", "Int64", "Float32", "Float64"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_that_holds_hu(tmp_path: Path, kind: str) -> None:
    itk = pytest.importorskip("SimpleITK")
    image = itk.Cast(turned((0, 1, 2), ()), getattr(itk, f"sitk{kind}"))
    itk.WriteImage(image, str(tmp_path / "a.mha"))
    np.testing.assert_array_equal(check_like_itk(tmp_path / "a.mha").hu, HU)


def test_oblique_axes_are_noted_and_far_oblique_ones_refused(tmp_path: Path) -> None:
    for degrees, refused in ((10, False), (44, True)):
        cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        matrix = f"1 0 0 0 {cos} {sin} 0 {-sin} {cos}"
        path = write_metaimage(tmp_path / "a.mha", TransformMatrix=matrix)
        if refused:
            with pytest.raises(SeriesError, match=r"MetaImage volume lies oblique.*44 degrees"):
                read_scan(path)
        else:
            volume = read_scan(path)
            assert volume.notes == ("MetaImage axes are oblique: slices were kept as stored",)
            np.testing.assert_allclose(volume.spacing, SPACING)
            itk = pytest.importorskip("SimpleITK")
            image = itk.ReadImage(str(path))
            ends = [image.TransformIndexToPhysicalPoint((0, 0, z)) for z in (4, 0)]
            normal = np.array(image.GetDirection()).reshape(3, 3)[:, 2]
            np.testing.assert_allclose(volume.positions[[0, -1]], ends @ normal)


def test_the_higher_byte_first(tmp_path: Path) -> None:
    path = tmp_path / "a.mha"
    big = HU[::-1].astype(">i2").tobytes()
    path.write_bytes(header(BinaryDataByteOrderMSB="True") + big)
    np.testing.assert_array_equal(check_like_itk(path).hu, HU)


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("Offset", ("Position", "Origin")),
        ("TransformMatrix", ("Orientation", "Rotation")),
        ("ElementSpacing", ("ElementSize",)),
        ("BinaryDataByteOrderMSB", ("ElementByteOrderMSB",)),
    ],
)
def test_fields_under_their_other_names(tmp_path: Path, field: str, names: tuple[str, ...]) -> None:
    whole = header(TransformMatrix="-1 0 0 0 -1 0 0 0 1", AnatomicalOrientation=None)
    for name in names:
        renamed = whole.replace(f"{field} =".encode(), f"{name} =".encode())
        (tmp_path / "a.mha").write_bytes(renamed + voxels())
        check_like_itk(tmp_path / "a.mha")


@pytest.mark.parametrize(("skipped", "before"), [("0", 0), ("12", 12), ("-1", 77)])
def test_voxels_in_another_file_behind_a_header_of_its_own(
    tmp_path: Path, skipped: str, before: int
) -> None:
    (tmp_path / "a.mhd").write_bytes(header("a.raw", HeaderSize=skipped))
    (tmp_path / "a.raw").write_bytes(bytes(before) + voxels())
    np.testing.assert_array_equal(check_like_itk(tmp_path / "a.mhd").hu, HU)


def test_a_header_that_begins_with_a_comment_goes_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.mha"
    path.write_bytes(b"Comment = x\r\n" + header().replace(b"\n", b"\r\n") + voxels())
    np.testing.assert_array_equal(check_like_itk(path).hu, HU)


def test_both_files_of_a_scan_make_its_key(tmp_path: Path) -> None:
    path, data = tmp_path / "a.mhd", tmp_path / "ä.raw"
    path.write_bytes(header("ä.raw"))
    data.write_bytes(voxels())
    assert files_of(path) == [path, data]
    before = scan_key(path, PreprocessSettings())
    data.write_bytes(voxels(HU + 1))
    assert scan_key(path, PreprocessSettings()) != before


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        (
            {"TransformMatrix": None, "AnatomicalOrientation": None},
            "MetaImage without orientation: taken as stored feet to head, right side first",
        ),
        (
            {"AnatomicalOrientation": "LPI"},
            "MetaImage TransformMatrix and AnatomicalOrientation disagree on the orientation: "
            "TransformMatrix followed",
        ),
        ({"AnatomicalOrientation": "???"}, None),
        ({"AnatomicalOrientation": "RRI"}, None),
        ({"TransformMatrix": None}, None),
    ],
)
def test_what_leaves_the_sides_open_is_noted(
    tmp_path: Path, changed: dict[str, str | None], note: str | None
) -> None:
    volume = read_scan(write_metaimage(tmp_path / "a.mha", **changed))
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.notes == ((note,) if note else ())
    assert sides_known(volume.notes) == (note is None)


REFUSED: dict[str, tuple[dict[str, str | None], str]] = {
    "letters alone": (
        {"TransformMatrix": None, "AnatomicalOrientation": "LPI"},
        "orientation is unusable.*no TransformMatrix",
    ),
    "zeros": ({"TransformMatrix": "0 0 0 0 0 0 0 0 0"}, "no rotation"),
    "parallel": ({"TransformMatrix": "1 0 0 1 0 0 0 0 1"}, "no rotation"),
    "long": ({"TransformMatrix": "2 0 0 0 2 0 0 0 2"}, "no rotation"),
    "eight": ({"TransformMatrix": "1 0 0 0 1 0 0 0"}, "damaged TransformMatrix"),
    "longest": ({"TransformMatrix": "1e200 0 0 0 1e200 0 0 0 1e200"}, "no rotation"),
    "nothing": ({"ElementSpacing": "1e-320 0.6 2.5"}, "spacing of next to nothing"),
    "next to nothing": ({"ElementSpacing": "0.7 1e-160 2.5"}, "spacing of next to nothing"),
    "far": ({"Offset": "0 0 1e300"}, "lengths of kilometres"),
    "no spacing": ({"ElementSpacing": None}, "no ElementSpacing"),
    "nan": ({"ElementSpacing": "0.7 nan 2.5"}, "damaged ElementSpacing"),
    "inf": ({"ElementSpacing": "0.7 0.6 1e999"}, "damaged ElementSpacing"),
    "negative": ({"ElementSpacing": "0.7 0.6 -2.5"}, "ElementSpacing that is not positive"),
    "metres": ({"ElementSpacing": "0.0007 0.0006 0.0025"}, "spacing is not that of a chest CT"),
    "unit": ({"DistanceUnits": "cm"}, "another DistanceUnits"),
    "modality": ({"Modality": "MET_MOD_MR"}, "another Modality"),
    "no sizes": ({"DimSize": None}, "no DimSize"),
    "no dimensions": ({"NDims": None}, "no NDims"),
    "time": ({"NDims": "4", "DimSize": "7 6 5 1"}, "another NDims"),
    "one size": ({"DimSize": "7"}, "damaged DimSize"),
    "zero": ({"DimSize": "7 6 0"}, "damaged DimSize"),
    "digits": ({"DimSize": "7 6 " + "9" * 5000}, "damaged DimSize"),
    "other digits": ({"DimSize": "7 6 ５"}, "damaged DimSize"),
    "too large": ({"DimSize": "70000 60000 50000"}, "volume is too large"),
    "more than there is": ({"DimSize": "7 6 6"}, "claims more than the file holds"),
    "type": ({"ElementType": "MET_STRING"}, "no known ElementType"),
    "no type": ({"ElementType": None}, "no known ElementType"),
    "wide": ({"ElementType": "MET_DOUBLE"}, "claims more than the file holds"),
    "colours": ({"ElementNumberOfChannels": "3"}, "another ElementNumberOfChannels"),
    "text": ({"BinaryData": "False"}, "another BinaryData"),
    "flag": ({"BinaryDataByteOrderMSB": "maybe"}, "another BinaryDataByteOrderMSB"),
    "slope": ({"ElementToIntensityFunctionSlope": "2"}, "an ElementToIntensityFunction"),
    "mesh": ({"ObjectType": "Mesh"}, "another ObjectType"),
    "header size": ({"HeaderSize": "4"}, "HeaderSize"),
    "packed size": (
        {"CompressedData": "True", "CompressedDataSize": "999999"},
        "claims more than the file holds.*999,999 packed bytes",
    ),
    "packed too little": (
        {"CompressedData": "True", "CompressedDataSize": "40"},
        "can't read volume",
    ),
    "packed too few": ({"CompressedData": "True", "DimSize": "7 6 6"}, "can't read volume"),
    "packed too many": ({"CompressedData": "True", "DimSize": "7 6 4"}, "more packed voxels"),
    "unpacks too far": ({"CompressedData": "True", "DimSize": "512 512 900"}, "claims more"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_header_in_doubt_is_refused_with_its_reason(tmp_path: Path, what: str) -> None:
    changed, reason = REFUSED[what]
    path = write_metaimage(tmp_path / "a.mha", **changed)
    for look in (read_scan, check_scan_file):
        with pytest.raises(SeriesError, match=reason) as caught:
            look(path)
        assert IDENTITY not in str(caught.value)
        assert caught.value.do


@pytest.mark.parametrize(
    "name",
    [
        "../a.raw",
        "/etc/hostname",
        "sub/a.raw",
        "..\\a.raw",
        "C:a.raw",
        "..",
        "",
        "LIST",
        "a%03d.raw",
    ],
)
def test_voxels_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "scan"
    (folder / "sub").mkdir(parents=True)
    for place in (tmp_path, folder / "sub", folder):
        (place / "a.raw").write_bytes(voxels())
    (folder / "a.mhd").write_bytes(header(name))
    for look in (read_scan, files_of, check_scan_file):
        with pytest.raises(SeriesError, match=r"ElementDataFile outside|voxels in many files"):
            look(folder / "a.mhd")


@pytest.mark.parametrize("name", [f"{IDENTITY}.raw", "a.mhd", "n" * 5000])
def test_voxels_that_are_not_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.mhd").write_bytes(header(name))
    with pytest.raises(SeriesError, match="no file of the name in ElementDataFile") as caught:
        read_scan(tmp_path / "a.mhd")
    assert IDENTITY not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"ObjectType = Image\n",
        b"NDims = 3\n" * 1000,
        b"ObjectType = Image\n" + b"x" * (2**20 + 5),
        b"ObjectType = Image\n" + b"\n" * (2**20 + 5) + header() + voxels(),
        header().replace(b"ElementSpacing", b"ElementSpacing = 1 1 1\nElementSpacing") + voxels(),
        header().replace(b"Offset", b"Position = 0 0 0\nOffset") + voxels(),
        np.random.default_rng(1).bytes(5000),
        b"",
    ],
)
def test_hostile_headers_are_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mha").write_bytes(content)
    with pytest.raises(SeriesError, match=r"no ElementDataFile|twice, with two values") as caught:
        read_scan(tmp_path / "a.mha")
    assert "\n" not in str(caught.value)


def test_a_packed_volume_damaged_anywhere_is_found(tmp_path: Path) -> None:
    """By its checksum, by `spgc data check` as well, which keeps no voxel."""
    path, packed = tmp_path / "a.mha", zlib.compress(voxels())
    for at in range(0, len(packed), 5):
        bad = bytearray(packed)
        bad[at] ^= 0x10
        for content in (bytes(bad), packed[:at]):
            path.write_bytes(header(CompressedData="True") + content)
            for look in (read_scan, check_scan_file):
                with pytest.raises(SeriesError, match=r"can't read volume|more packed voxels"):
                    look(path)


def test_what_follows_the_voxels_is_noted(tmp_path: Path) -> None:
    for changed in ({}, {"CompressedData": "True"}):
        path = write_metaimage(tmp_path / "a.mha", **changed)
        path.write_bytes(path.read_bytes() + b"more")
        volume = read_scan(path)
        np.testing.assert_array_equal(volume.hu, HU)
        assert "goes on after its voxels" in str(volume.notes)
