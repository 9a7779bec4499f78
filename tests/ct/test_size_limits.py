"""A header may claim any size: what is there decides, before memory or time is spent."""

from __future__ import annotations

import hashlib
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import imagecodecs
import nibabel
import numpy as np
import pytest
from pydicom import uid
from pydicom.encaps import encapsulate

from spgc.ct import archive, bounded_dicom, size_limits
from spgc.ct.jpeg2000_stream import parse_jpeg2000
from spgc.ct.jpeg_stream import DamagedStreamError
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.rle import decode_rle
from spgc.ct.series import read_series
from spgc.ct.store import SliceStore
from spgc.errors import SeriesError
from tests.ct.dicom_files import images, make_slice, save, write_scan

HU = images(1, 32)[0]


@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.JPEGLosslessSV1])
@pytest.mark.parametrize("count", [10**9, 2**31 - 1])
def test_a_billion_frames(tmp_path: Path, syntax: str, count: int) -> None:
    dataset = make_slice(HU, NumberOfFrames=count)
    if syntax == uid.JPEGLosslessSV1:
        dataset.PixelData = encapsulate([b"stream"])
    save(dataset, tmp_path / "a.dcm", syntax)
    with pytest.raises(SeriesError, match="pixels of fewer"):
        read_series(tmp_path)


@pytest.mark.parametrize("rows", [4097, 65535])
def test_huge_slices(tmp_path: Path, rows: int) -> None:
    save(make_slice(HU, Rows=rows, Columns=65535), tmp_path / "a.dcm")
    with pytest.raises(SeriesError, match=f"{rows} rows of 65535 pixels"):
        read_series(tmp_path)


def test_more_slices_than_a_scan_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size_limits, "MAX_VOXELS", 3 * HU.size - 1)
    write_scan(tmp_path, images(3, 32))
    with pytest.raises(SeriesError, match="scan is too large"):
        read_series(tmp_path)


def deflated(folder: Path, content: bytes) -> Path:
    """A file whose dataset is `content`, deflated."""
    path = save(make_slice(HU), folder / "a.dcm", uid.DeflatedExplicitVRLittleEndian)
    whole = path.read_bytes()
    end = 132 + 12 + int.from_bytes(whole[140:144], "little")
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    path.write_bytes(whole[:end] + packer.compress(content) + packer.flush())
    return path


def test_deflated_files_are_read(tmp_path: Path) -> None:
    save(make_slice(HU), tmp_path / "a.dcm", uid.DeflatedExplicitVRLittleEndian)
    np.testing.assert_array_equal(read_series(tmp_path).hu[0], HU)


def test_deflated_bombs_are_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size_limits, "_INFLATED_FREELY", 2**20)
    deflated(tmp_path, bytes(2**24))
    with pytest.raises(SeriesError, match="unpacks to far more"):
        read_series(tmp_path)


def test_sequences_nested_thousands_deep(tmp_path: Path) -> None:
    save(make_slice(HU), tmp_path / "a.dcm")
    opened = b"\x00\x52\x30\x92SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    content = (tmp_path / "a.dcm").read_bytes()
    (tmp_path / "a.dcm").write_bytes(content[: content.index(b"\x28\x00\x02\x00")] + opened * 5000)
    with pytest.raises(SeriesError, match="can't read DICOM file"):
        read_series(tmp_path)


def hole(path: Path, size: int, head: bytes = b"") -> Path:
    """A file that begins with `head` and reads as zeros from there on, taking no room."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)
    return path


@pytest.mark.parametrize("name", ["a.dcm", "a"])
@pytest.mark.parametrize("mark", [b"", bytes(128) + b"DICM"])
def test_dicom_that_is_a_hole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, mark: bytes
) -> None:
    """pydicom would go through it eight bytes at a time."""
    monkeypatch.setattr(bounded_dicom, "MAX_READS", 1000)
    hole(tmp_path / name, 2**31, mark)
    with pytest.raises(SeriesError, match=r"ValueError|files that are not DICOM"):
        read_series(tmp_path)


@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.RLELossless])
def test_a_small_image_in_gigabytes(tmp_path: Path, syntax: str) -> None:
    """Pixel data of more bytes than the image needs are not read."""
    dataset = make_slice(HU)
    if syntax == uid.RLELossless:
        dataset.PixelData = encapsulate([b"stream"])
    path = save(dataset, tmp_path / "a.dcm", syntax)
    content = path.read_bytes()
    at = content.rindex(
        b"\xe0\x7f\x10\x00OW" if syntax != uid.RLELossless else b"\xe0\x7f\x10\x00OB"
    )
    length = b"\xff\xff\xff\x7f" if syntax != uid.RLELossless else b"\xff" * 4
    item = b"" if syntax != uid.RLELossless else b"\xfe\xff\x00\xe0\xff\xff\xff\x7f"
    hole(path, 2**31 + 2**20, content[: at + 8] + length + item)
    tracemalloc.start()
    with pytest.raises(SeriesError, match="ValueError"):
        read_series(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**28


def test_large_files_whose_image_is_large_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_dicom, "SMALL", 1000)
    save(make_slice(HU), tmp_path / "a.dcm")
    np.testing.assert_array_equal(read_series(tmp_path).hu[0], HU)


def test_files_larger_than_any_scan(tmp_path: Path) -> None:
    """Neither hashed nor read, whichever form of scan they belong to."""
    hole(tmp_path / "a" / "a.dcm", 2**40)
    hole(tmp_path / "b.nii", 2**40)
    np.save(tmp_path / "c.npy", images(2, 32))
    hole(tmp_path / "c.json", 2**40)
    for name in ("a", "b.nii", "c.npy"):
        with pytest.raises(SeriesError, match="file is too large"):
            SliceStore(tmp_path / "store").key_for(tmp_path / name, PreprocessSettings())


@pytest.mark.parametrize("form", ["small image", "other shape", "oblique", "array", "archive"])
def test_headers_are_judged_before_gigabytes_are_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """What a header shows takes milliseconds, hashing up to 6 GiB takes seconds."""
    large = 2**30
    if form == "small image":
        content = save(make_slice(HU), tmp_path / "b.dcm").read_bytes()
        (tmp_path / "b.dcm").unlink()
        at = content.rindex(b"\xe0\x7f\x10\x00OW")
        length = b"\xff\xff\xff\x7f"
        source = hole(tmp_path / "a" / "a.dcm", large, content[: at + 8] + length).parent
    elif form == "array":
        np.save(tmp_path / "a.npy", HU)
        (tmp_path / "a.json").write_text('{"spacing": [1, 1, 1]}')
        source = hole(tmp_path / "a.npy", large, (tmp_path / "a.npy").read_bytes())
    elif form == "archive":
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
            packed.writestr("a", bytes(1000))
        monkeypatch.setattr(archive, "MAX_BYTES", 100)
        source = tmp_path / "a.zip"
    else:
        header = nibabel.Nifti1Header()
        header.set_data_dtype(np.int16)
        header.set_data_shape((16, 16, 16) if form == "oblique" else (16, 16))
        turned = np.eye(4)
        turned[:2, :2] = [[1, -1], [1, 1]]
        header.set_sform(turned if form == "oblique" else np.eye(4), 1)
        header["vox_offset"] = 352
        source = hole(tmp_path / "a.nii", large, header.binaryblock + bytes(4))
    monkeypatch.setattr(hashlib, "file_digest", None)
    with pytest.raises(SeriesError):
        SliceStore(tmp_path / "store").key_for(source, PreprocessSettings())


def test_frames_by_the_hundred_thousand(tmp_path: Path) -> None:
    """All of them are there, of one pixel each."""
    count = size_limits.MAX_FRAMES + 1
    dataset = make_slice(HU[:1, :1], NumberOfFrames=count, PixelData=bytes(2 * count))
    save(dataset, tmp_path / "a.dcm")
    with pytest.raises(SeriesError, match="too many frames"):
        read_series(tmp_path)


def jpeg2000(size: int = 64) -> bytearray:
    image = np.random.default_rng(0).integers(0, 4096, (size, size)).astype(np.uint16)
    return bytearray(imagecodecs.jpeg2k_encode(image, codecformat="j2k", reversible=True, level=0))


def test_jpeg_2000_of_too_many_tiles() -> None:
    stream = jpeg2000()
    stream[24:32] = (1).to_bytes(4) * 2  # XTsiz, YTsiz
    stream[8:16] = (100).to_bytes(4) * 2
    with pytest.raises(DamagedStreamError, match="10,000 tiles"):
        parse_jpeg2000(bytes(stream))


def test_jpeg_2000_of_too_many_precincts() -> None:
    """Of the least size, in 1000 layers: OpenJPEG would take gigabytes for them."""
    stream = jpeg2000()
    at = stream.index(b"\xff\x52")
    stream[at + 4], stream[at + 6 : at + 8] = 1, (1000).to_bytes(2)
    levels = stream[at + 9]
    stream[at + 14 : at + 14] = b"\x11" * (levels + 1)
    stream[at + 2 : at + 4] = (12 + levels + 1).to_bytes(2)
    with pytest.raises(DamagedStreamError, match="precincts in 1,000 layers"):
        parse_jpeg2000(bytes(stream))


@pytest.mark.parametrize("at", [8, 24])
def test_jpeg_2000_without_size(at: int) -> None:
    stream = jpeg2000()
    stream[at : at + 4] = bytes(4)
    with pytest.raises(DamagedStreamError, match="size segment"):
        parse_jpeg2000(bytes(stream))


def test_jpeg_2000_of_part_of_the_plane() -> None:
    """An image may begin anywhere on its plane (T.800, B.2)."""
    stream = jpeg2000()
    stream[16:24] = (16).to_bytes(4) * 2
    assert parse_jpeg2000(bytes(stream)) == ((48, 48), 1)


def test_sizes_are_shown_short(tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match=r"more than 10\^12") as caught:
        size_limits.check_size(tmp_path, (10**4000, 2, *[1] * 40))
    assert len(str(caught.value)) < 400


def test_rle_of_far_more_pixels_than_the_image(tmp_path: Path) -> None:
    """A plane of two million runs of 128 bytes takes no more memory than one of the image."""
    stream = struct.pack("<16I", 2, 64, 64 + 4_000_000, *[0] * 13) + b"\x81A" * 2_000_001
    tracemalloc.start()
    with pytest.raises(DamagedStreamError, match="another length"):
        decode_rle(stream, (16, 16), 16)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 3 * len(stream)
