"""NIfTI volumes: the same slices in the same order, or one clear error."""

from __future__ import annotations

import gzip
import itertools
import struct
from pathlib import Path

import nibabel
import numpy as np
import pytest

from spgc.ct.plain_volumes import volume_from_array
from spgc.ct.read_scan import check_scan_file, read_scan
from spgc.errors import SeriesError
from tests.ct.dicom_files import IDENTITY

HU = np.random.default_rng(0).integers(-1000, 400, (5, 6, 7)).astype(np.int16)
"""(S, H, W), head to feet, front at the top, patient's right at the left edge."""

SPACING = (2.5, 0.6, 0.7)


def write_nifti(path: Path, axes: tuple[int, ...] = (0, 1, 2), flips: tuple[int, ...] = ()) -> Path:
    """`HU` as NIfTI, its voxel axes permuted and flipped; the affine says how."""
    ras = HU[::-1, ::-1, ::-1].transpose(2, 1, 0)  # grows to the right, front and head
    affine = np.diag([*SPACING[::-1], 1.0])
    affine[:3, 3] = (-50, -40, -300)
    data, turned = ras.transpose(axes), affine[:, [*axes, 3]]
    for axis in flips:
        turned[:3, 3] += turned[:3, axis] * (data.shape[axis] - 1)
        turned[:3, axis] *= -1
        data = np.flip(data, axis)
    image = nibabel.Nifti1Image(data, turned)
    image.header["descrip"] = IDENTITY.encode()
    nibabel.save(image, path)
    return path


@pytest.mark.parametrize("axes", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("flips", [(), (0,), (1, 2), (0, 1, 2)])
def test_nifti_of_any_orientation(
    tmp_path: Path, axes: tuple[int, ...], flips: tuple[int, ...]
) -> None:
    volume = read_scan(write_nifti(tmp_path / "a.nii.gz", axes, flips))
    np.testing.assert_array_equal(volume.hu, HU)
    np.testing.assert_allclose(volume.spacing, SPACING)
    np.testing.assert_allclose(volume.positions, -300 + 2.5 * np.arange(5)[::-1])
    assert volume.notes == ()


def test_nifti_with_a_slope(tmp_path: Path) -> None:
    image = nibabel.load(write_nifti(tmp_path / "a.nii"))
    scaled = nibabel.Nifti1Image(np.asarray(image.dataobj) * 0.5 - 300, image.affine)
    scaled.set_data_dtype(np.int16)
    nibabel.save(scaled, tmp_path / "b.nii")
    np.testing.assert_allclose(read_scan(tmp_path / "b.nii").hu, np.rint(HU * 0.5 - 300), atol=1)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("packed", [False, True])
def test_both_formats_in_both_byte_orders_whatever_the_name_says(
    tmp_path: Path, kind: type, order: str, name: str, packed: bool
) -> None:
    image = nibabel.load(write_nifti(tmp_path / "like.nii"))
    header = kind.header_class(endianness=order)
    header.set_data_dtype(np.int16)
    made = kind(np.asarray(image.dataobj), image.affine, header).to_bytes()
    (tmp_path / name).write_bytes(gzip.compress(made) if packed else made)
    volume = read_scan(tmp_path / name)
    np.testing.assert_array_equal(volume.hu, HU)
    np.testing.assert_allclose(volume.spacing, SPACING)


def test_nifti_without_orientation_is_noted(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "a.nii")
    content = bytearray(path.read_bytes())
    content[252:256] = bytes(4)  # qform_code and sform_code
    path.write_bytes(content)
    assert read_scan(tmp_path / "a.nii").notes[0].startswith("NIfTI without orientation")


def test_floats_are_rounded_and_gaps_filled_with_air() -> None:
    values = HU.astype(np.float32) + 0.25
    values[0, 0, 0] = np.nan
    volume = volume_from_array(values, SPACING)
    assert volume.hu[0, 0, 0] == -1024
    np.testing.assert_array_equal(volume.hu[1:], HU[1:])


def refused(path: Path, match: str) -> None:
    with pytest.raises(SeriesError, match=match) as caught:
        read_scan(path)
    assert "\n" not in str(caught.value)
    assert IDENTITY not in str(caught.value)


def test_a_time_series_is_no_scan(tmp_path: Path) -> None:
    nibabel.save(
        nibabel.Nifti1Image(np.zeros((4, 4, 3, 2), np.int16), np.eye(4)), tmp_path / "a.nii"
    )
    refused(tmp_path / "a.nii", "not one volume")


def test_a_volume_of_absurd_size_is_not_unpacked(tmp_path: Path) -> None:
    header = nibabel.Nifti1Header()
    header.set_data_dtype(np.int16)
    header.set_data_shape((30000, 30000, 30000))
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(header.binaryblock + b"\0" * 1000))
    refused(tmp_path / "a.nii.gz", "volume is too large")


def header(path: Path, **fields: object) -> Path:
    """`path`, written anew with other header fields, whatever its data."""
    image = nibabel.load(write_nifti(path.with_name("whole.nii")))
    for name, value in fields.items():
        image.header[name] = value
    content = image.header.binaryblock + b"\0" * 1000
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize(
    "fields",
    [
        {"dim": [3, 1200, 1200, 1200, 1, 1, 1, 1]},
        {"dim": [3, 100, 100, 1000, 1, 1, 1, 1]},
        {"vox_offset": 1e9},
        {"vox_offset": 1e30},
        {"vox_offset": np.nan},
    ],
)
def test_headers_that_claim_more_than_there_is(tmp_path: Path, name: str, fields: dict) -> None:
    """Before memory is taken for it: what deflate can shrink at most bounds a packed file."""
    refused(header(tmp_path / name, **fields), "claims more than the file holds")


def with_offset(path: Path, kind: type, order: str, offset: float, more: bytes = b"") -> Path:
    """`HU` as a file whose vox_offset says `offset`, wherever its voxels lie."""
    image = nibabel.load(write_nifti(path.with_name("like.nii")))
    fresh = kind.header_class(endianness=order)
    fresh.set_data_dtype(np.int16)
    content = bytearray(kind(np.asarray(image.dataobj), image.affine, fresh).to_bytes())
    place, code = (108, "f") if kind is nibabel.Nifti1Image else (168, "q")
    struct.pack_into(order + code, content, place, offset)
    content += more
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


KINDS = [(nibabel.Nifti1Image, 352), (nibabel.Nifti2Image, 544)]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("kind", "first"), KINDS)
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_no_offset_is_the_end_of_the_header(
    tmp_path: Path, name: str, kind: type, first: int, order: str
) -> None:
    """As NIfTI tools take it, and said: the header is no voxels."""
    path = with_offset(tmp_path / name, kind, order, 0)
    check_scan_file(path)
    volume = read_scan(path)
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.notes == (f"vox_offset is 0: voxels taken from byte {first}",)


@pytest.mark.parametrize(("kind", "first"), KINDS)
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("more", [1, 16, 100_000])
def test_no_offset_in_a_file_of_another_size(
    tmp_path: Path, name: str, kind: type, first: int, more: int
) -> None:
    path = with_offset(tmp_path / name, kind, "<", 0, bytes(more))
    refused(path, rf"where its voxels begin.*expected byte {first} or behind it")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_no_offset_in_a_file_too_short(tmp_path: Path, name: str) -> None:
    path = with_offset(tmp_path / "whole.nii", nibabel.Nifti1Image, "<", 0)
    content = path.read_bytes()[:-16]
    packed = name.endswith(".gz")
    (tmp_path / name).write_bytes(gzip.compress(content) if packed else content)
    refused(tmp_path / name, "where its voxels begin|claims more than the file holds")


@pytest.mark.parametrize(("kind", "first"), KINDS)
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("before", [-1, -4, -200])
def test_voxels_within_the_header(
    tmp_path: Path, name: str, kind: type, first: int, before: int
) -> None:
    path = with_offset(tmp_path / name, kind, "<", first + before)
    refused(path, f"where its voxels begin.*voxels at byte {first + before}")


@pytest.mark.parametrize("row", [[0, 0, 0, 0], [np.nan, 0, 0, 0], [1e30, 0, 0, 0], [0, 0.6, 0, 0]])
def test_affines_without_a_volume(tmp_path: Path, row: list[float]) -> None:
    fields = {"srow_x": row, "sform_code": 1, "qform_code": 0}
    image = nibabel.load(write_nifti(tmp_path / "whole.nii"))
    for name, value in fields.items():
        image.header[name] = value
    data = np.asarray(image.dataobj).tobytes(order="F")
    (tmp_path / "a.nii").write_bytes(image.header.binaryblock + bytes(4) + data)
    refused(tmp_path / "a.nii", "NIfTI orientation is unusable")


def test_nothing_of_nibabel_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = header(tmp_path / "a.nii", datatype=77, descrip=IDENTITY.encode())
    refused(path, "can't read volume")
    assert capfd.readouterr() == ("", "")


def test_damaged_files_are_one_error(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for path in (write_nifti(tmp_path / "b.nii.gz"), write_nifti(tmp_path / "b.nii")):
        content = path.read_bytes()
        for at in rng.integers(0, len(content), 40):
            flipped = bytes([content[at] ^ int(rng.integers(1, 256))])
            for bad in (content[:at], content[:at] + flipped + content[at + 1 :]):
                path.write_bytes(bad)
                try:
                    volume = read_scan(path)
                except SeriesError as error:
                    assert "\n" not in str(error)
                else:
                    assert volume.hu.ndim == 3


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    refused(tmp_path / "a.png", "not a scan")
    refused(tmp_path / "nowhere", "can't read scan folder")


def packed_chest(path: Path) -> bytes:
    """A volume large enough for many blocks of deflate, as `.nii.gz`."""
    hu = np.random.default_rng(1).integers(-1000, 400, (6, 64, 64)).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(hu.T, np.diag([0.7, 0.7, 2.0, 1.0])), path)
    return path.read_bytes()


def test_a_flipped_bit_in_a_packed_volume_is_found(tmp_path: Path) -> None:
    """By its checksum, also where the damaged stream unpacks to more than the volume."""
    path = tmp_path / "a.nii.gz"
    content = packed_chest(path)
    rng, hu = np.random.default_rng(2), read_scan(path).hu
    for at in rng.integers(10, len(content), 150):
        bad = bytearray(content)
        bad[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(bad)
        try:
            read = read_scan(path).hu
        except SeriesError:
            with pytest.raises(SeriesError):
                check_scan_file(path)
        else:
            np.testing.assert_array_equal(read, hu)


def test_a_stream_that_unpacks_to_more_is_read_to_its_checksum(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    made = gzip.decompress(packed_chest(path)) + bytes(5000)
    content = bytearray(gzip.compress(made))
    path.write_bytes(content)
    assert "goes on after its voxels" in str(read_scan(path).notes)
    content[-6] ^= 1  # of the checksum
    path.write_bytes(content)
    refused(path, "can't read volume")
    with pytest.raises(SeriesError, match="can't read volume"):
        check_scan_file(path)


@pytest.mark.parametrize("cut", [1, 4, 8, 9, 500])
def test_a_packed_volume_without_its_end(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.nii.gz"
    path.write_bytes(packed_chest(path)[:-cut])
    for look in (read_scan, check_scan_file):
        with pytest.raises(SeriesError, match="can't read volume"):
            look(path)


@pytest.mark.parametrize(
    ("more", "note"),
    [
        (gzip.compress(b"another", mtime=0), "goes on after its voxels"),
        (b"another", "bytes that are not gzipped follow"),
        (bytes(512), ""),
    ],
)
def test_what_follows_a_packed_volume_is_noted(tmp_path: Path, more: bytes, note: str) -> None:
    """Zeros are the padding of tapes and block devices."""
    path = tmp_path / "a.nii.gz"
    content = packed_chest(path)
    hu = read_scan(path).hu
    path.write_bytes(content + more)
    volume = read_scan(path)
    np.testing.assert_array_equal(volume.hu, hu)
    assert note in str(volume.notes)
    assert bool(volume.notes) == bool(note)


def test_voxels_after_the_volume_are_noted(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "a.nii")
    path.write_bytes(path.read_bytes() + HU.tobytes())
    assert "goes on after its voxels" in str(read_scan(path).notes)


def test_a_small_packed_file_of_a_large_volume(tmp_path: Path) -> None:
    """Refused from its header: of CT no 50th part is left by packing."""
    path = tmp_path / "a.nii.gz"
    header(path, dim=[3, 512, 512, 150, 1, 1, 1, 1])
    path.write_bytes(
        gzip.compress(gzip.decompress(path.read_bytes())[:352] + bytes(512 * 512 * 300))
    )
    refused(path, "packed volume unpacks to too much")
    with pytest.raises(SeriesError, match="packed volume unpacks to too much"):
        check_scan_file(path)


def test_a_packed_file_that_goes_on_and_on(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzip.compress(gzip.decompress(packed_chest(path)) + bytes(65 * 2**20)))
    refused(path, "packed volume unpacks to too much")
