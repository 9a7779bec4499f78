"""The same pixels come out of every transfer syntax, signed or not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread, uid
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels import get_decoder

from spgc.ct.decode import stored_values
from spgc.ct.series import read_series
from spgc.errors import SeriesError
from tests.ct.dicom_files import IDENTITY, compressed, images, make_slice, save

HU = images(1, 32)[0]

CODECS: dict[str, Callable[..., bytes]] = {
    uid.JPEGLosslessSV1: partial(imagecodecs.jpeg8_encode, lossless=True, predictor=1),
    uid.JPEGLossless: partial(imagecodecs.jpeg8_encode, lossless=True, predictor=4),
    uid.JPEGLSLossless: imagecodecs.jpegls_encode,
    uid.JPEG2000Lossless: partial(
        imagecodecs.jpeg2k_encode, codecformat="j2k", reversible=True, level=0
    ),
    uid.HTJ2KLossless: partial(imagecodecs.htj2k_encode, reversible=True),
}


def write(folder: Path, syntax: str, hu: NDArray[np.int16], *, signed: bool = False) -> Path:
    dataset = make_slice(hu, BitsStored=16, HighBit=15)
    if signed:
        dataset.PixelRepresentation, dataset.RescaleIntercept = 1, 0
        dataset.PixelData = hu.tobytes()
    if syntax == uid.RLELossless:
        save(dataset, folder / "a.dcm")  # pydicom wants the file meta first
        dataset.compress(uid.RLELossless)
    elif syntax in CODECS:
        codec = CODECS[syntax]
        # The codecs of JPEG and JPEG-LS know unsigned values: two's complement goes through.
        plain = syntax in (uid.JPEG2000Lossless, uid.HTJ2KLossless)
        dataset = compressed(dataset, lambda p: codec(p if plain else p.view(np.uint16)))
    return save(dataset, folder / "a.dcm", syntax)


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize(
    "syntax",
    [uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.RLELossless, *CODECS],
    ids=lambda syntax: uid.UID(syntax).keyword,
)
def test_transfer_syntaxes(tmp_path: Path, syntax: str, signed: bool) -> None:
    write(tmp_path, syntax, HU, signed=signed)
    np.testing.assert_array_equal(read_series(tmp_path).hu[0], HU)


def test_big_endian(tmp_path: Path) -> None:
    """Retired from the standard, alive on old archives (PS3.5, A.3)."""
    dataset = make_slice(HU, BitsStored=16, HighBit=15)
    dataset.PixelData = (HU.astype(np.int32) + 1024).astype(">u2").tobytes()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = uid.ExplicitVRBigEndian
    dataset.file_meta.MediaStorageSOPClassUID = uid.CTImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    dataset.save_as(
        tmp_path / "a.dcm", implicit_vr=False, little_endian=False, enforce_file_format=True
    )
    np.testing.assert_array_equal(read_series(tmp_path).hu[0], HU)


@pytest.mark.parametrize("syntax", CODECS)
def test_damaged_stream_is_one_clear_error(
    tmp_path: Path, syntax: str, capfd: pytest.CaptureFixture[str]
) -> None:
    dataset = make_slice(HU, BitsStored=16, HighBit=15)
    dataset = compressed(dataset, lambda pixels: CODECS[syntax](pixels)[:300])
    save(dataset, tmp_path / "a.dcm", syntax)
    with pytest.raises(SeriesError, match="can't decode pixel data"):
        read_series(tmp_path)
    assert capfd.readouterr().out == ""


def test_image_of_another_size_than_the_header_says(tmp_path: Path) -> None:
    for syntax, codec in CODECS.items():
        dataset = compressed(make_slice(HU), codec)
        dataset.Rows = 16
        save(dataset, tmp_path / "a.dcm", syntax)
        with pytest.raises(SeriesError, match=r"32 x 32 pixels .* header says 16 x 32"):
            read_series(tmp_path)


def samples() -> list[str]:
    """pydicom's own compressed grey images, which come with it."""
    names = [
        "693_J2KI.dcm",
        "J2K_pixelrep_mismatch.dcm",
        "JPEG2000.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "JPEGLSNearLossless_08.dcm",
        "JPEGLSNearLossless_16.dcm",
        "MR_small_RLE.dcm",
    ]
    return [name for name in names if get_testdata_file(name, download=False)]


@pytest.mark.parametrize("name", samples())
def test_same_values_as_gdcm_and_pydicom(name: str) -> None:
    """Signed and unsigned, 8 to 16 bits, with codecs of another sign or depth than the header."""
    path = get_testdata_file(name, download=False)
    dataset = dcmread(path)
    plugin = "pydicom" if dataset.file_meta.TransferSyntaxUID == uid.RLELossless else "gdcm"
    decoder = get_decoder(dataset.file_meta.TransferSyntaxUID)
    theirs, _ = decoder.as_array(dataset, raw=True, decoding_plugin=plugin)
    ours = stored_values(dataset, Path(name))
    assert ours.dtype.kind == theirs.dtype.kind
    np.testing.assert_array_equal(ours, theirs)


def test_lossy_jpeg_of_12_bits() -> None:
    """GDCM doesn't read it; the values are close to those that were encoded."""
    image = (np.add.outer(np.arange(64), np.arange(64)) * 30).astype(np.uint16)
    dataset = make_slice(HU, Rows=64, Columns=64)
    dataset.PixelData = encapsulate([imagecodecs.jpeg8_encode(image, level=98, bitspersample=12)])
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = uid.JPEGExtended12Bit
    values = stored_values(dataset, Path("a.dcm"))
    np.testing.assert_allclose(values, image, atol=20)


@pytest.mark.parametrize("syntax", [uid.JPEGLosslessSV1, uid.RLELossless, uid.JPEGLSLossless])
@pytest.mark.parametrize("signed", [False, True])
def test_values_of_more_bits_than_the_header_says(
    tmp_path: Path, syntax: str, signed: bool
) -> None:
    """No encoder was given them: they come from damage."""
    write(tmp_path, syntax, HU, signed=signed)
    dataset = dcmread(tmp_path / "a.dcm")
    dataset.BitsStored, dataset.HighBit = 10, 9
    dataset.save_as(tmp_path / "a.dcm")
    with pytest.raises(SeriesError, match="values of more than 10 bits"):
        read_series(tmp_path)


@pytest.mark.parametrize("filled", [True, False], ids=["sign in high bits", "zeros in high bits"])
def test_signed_values_of_12_bits(tmp_path: Path, filled: bool) -> None:
    values = np.clip(HU, -2048, 2047)
    dataset = make_slice(HU, PixelRepresentation=1, RescaleIntercept=0)
    dataset.PixelData = (values if filled else values & 0xFFF).astype(np.int16).tobytes()
    codec = CODECS[uid.JPEGLosslessSV1]
    save(
        compressed(dataset, lambda p: codec(p.view(np.uint16))),
        tmp_path / "a.dcm",
        uid.JPEGLosslessSV1,
    )
    np.testing.assert_array_equal(read_series(tmp_path).hu[0], np.maximum(values, -1024))


@pytest.mark.parametrize("kind", ["lost middle", "lost end", "bytes after the end"])
@pytest.mark.parametrize("syntax", [*CODECS, uid.RLELossless])
def test_streams_that_lost_or_gained_data(tmp_path: Path, syntax: str, kind: str) -> None:
    write(tmp_path, syntax, HU)
    dataset = dcmread(tmp_path / "a.dcm")
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1).rstrip(b"\0")
    if kind == "lost middle":
        stream = stream[: len(stream) // 2] + stream[len(stream) // 2 + 40 :]
    elif kind == "lost end":
        stream = stream[:-40]
    else:
        stream += b"and more"
    dataset.PixelData = encapsulate([stream])
    dataset.save_as(tmp_path / "a.dcm")
    with pytest.raises(SeriesError, match="can't decode pixel data"):
        read_series(tmp_path)


@pytest.mark.parametrize(
    ("syntax", "found"),
    [
        ("1.2.840.10008.1.2.4.110", "found 1.2.840.10008.1.2.4.110,"),
        ("1.2.840.10008.1.2.4.101", "found MPEG2 Main Profile / High Level,"),
        (IDENTITY, "found a text that is no UID,"),
        ("1.2.840." + "1" * 80, "found a text that is no UID,"),
    ],
)
def test_unknown_transfer_syntax(tmp_path: Path, syntax: str, found: str) -> None:
    """It is named where it is a UID; any other text might name a person."""
    save(make_slice(HU), tmp_path / "a.dcm")
    content = (tmp_path / "a.dcm").read_bytes()
    old = uid.ExplicitVRLittleEndian.encode() + b"\0"
    new = syntax.encode() + b"\0" * (len(syntax) % 2)
    at = content.index(old)
    content = content[: at - 2] + len(new).to_bytes(2, "little") + new + content[at + len(old) :]
    (tmp_path / "a.dcm").write_bytes(content)
    with pytest.raises(SeriesError, match="unknown transfer syntax") as caught:
        read_series(tmp_path)
    assert found in str(caught.value)
    assert IDENTITY not in str(caught.value)


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "found PALETTE COLOR"),
        ({"PhotometricInterpretation": IDENTITY}, "found another PhotometricInterpretation"),
        ({"HighBit": 15}, "found HighBit 15 of 12 bits stored"),
    ],
)
def test_values_that_are_no_grey_in_the_low_bits(
    tmp_path: Path, tags: dict[str, object], found: str
) -> None:
    """Indices of a palette, and values shifted up, would be taken for other HU."""
    save(make_slice(HU, **tags), tmp_path / "a.dcm")
    with pytest.raises(SeriesError, match=found):
        read_series(tmp_path)


def uncompressed(folder: Path, words: NDArray[Any], **tags: Any) -> Path:
    return save(make_slice(HU, PixelData=words.tobytes(), **tags), folder / "a.dcm")


def stored() -> NDArray[np.uint16]:
    return (HU.astype(np.int32) + 1024).astype(np.uint16)


@pytest.mark.parametrize(
    "change",
    [lambda w: w.byteswap(), lambda w: w | 0x8000, lambda w: w | 0x1000],
    ids=["bytes swapped", "highest bit", "thirteenth bit"],
)
@pytest.mark.parametrize("signed", [False, True])
def test_uncompressed_values_of_more_bits(
    tmp_path: Path, change: Callable[[NDArray[Any]], NDArray[Any]], signed: bool
) -> None:
    """In one pixel of many; pydicom would cut the bits off."""
    words = stored()
    words[3, 4] = change(words)[3, 4] | 1 << 14
    uncompressed(tmp_path, words, PixelRepresentation=int(signed))
    with pytest.raises(SeriesError, match="values of more than 12 bits"):
        read_series(tmp_path)


@pytest.mark.parametrize(
    ("signed", "padding"),
    [(False, 63536), (False, 4096), (True, -3024), (True, -32768), (True, 4096)],
)
def test_padding_beyond_the_bits_becomes_air(tmp_path: Path, signed: bool, padding: int) -> None:
    """Words of just PixelPaddingValue are no damage; any other word beyond the bits is."""
    words = HU.view(np.uint16).copy() if signed else stored()
    words[:2] = words[5, 3] = padding & 0xFFFF
    tags = {"PixelRepresentation": int(signed), "RescaleIntercept": 0 if signed else -1024}
    uncompressed(tmp_path, words, PixelPaddingValue=padding, **tags)
    volume = read_series(tmp_path)
    expected = HU.copy()
    expected[:2] = expected[5, 3] = -1024
    np.testing.assert_array_equal(volume.hu[0], expected)
    assert "PixelPaddingValue" not in str(volume.notes)
    words[7, 7] = (padding & 0xFFFF) ^ 1 << 13
    uncompressed(tmp_path, words, PixelPaddingValue=padding, **tags)
    with pytest.raises(SeriesError, match="values of more than 12 bits"):
        read_series(tmp_path)


@pytest.mark.parametrize("limit", [b"x", 0, 63537], ids=str)
def test_padding_beyond_the_bits_with_any_limit(tmp_path: Path, limit: object) -> None:
    words = stored()
    words[:2] = 63536
    uncompressed(tmp_path, words, PixelPaddingValue=63536, PixelPaddingRangeLimit=limit)
    expected = HU.copy()
    expected[:2] = -1024
    np.testing.assert_array_equal(read_series(tmp_path).hu[0], expected)


@pytest.mark.parametrize("tags", [{}, {"PixelPaddingValue": 63535}, {"PixelPaddingValue": 0}])
def test_words_beyond_the_bits_that_no_tag_calls_padding(
    tmp_path: Path, tags: dict[str, Any]
) -> None:
    words = stored()
    words[:2] = 63536
    uncompressed(tmp_path, words, **tags)
    with pytest.raises(SeriesError, match="values of more than 12 bits"):
        read_series(tmp_path)


@pytest.mark.parametrize("filled", [True, False], ids=["sign in high bits", "zeros in high bits"])
def test_uncompressed_signed_values_of_12_bits(tmp_path: Path, filled: bool) -> None:
    words = (HU if filled else HU & 0xFFF).astype(np.int16)
    uncompressed(tmp_path, words, PixelRepresentation=1, RescaleIntercept=0)
    np.testing.assert_array_equal(read_series(tmp_path).hu[0], HU)


@pytest.mark.parametrize("bits", [8, 6])
@pytest.mark.parametrize("signed", [False, True])
def test_uncompressed_images_of_8_bits(tmp_path: Path, bits: int, signed: bool) -> None:
    low = -(1 << bits - 1) if signed else 0
    values = np.random.default_rng(0).integers(low, low + (1 << bits), HU.shape)
    tags = {"BitsAllocated": 8, "BitsStored": bits, "HighBit": bits - 1}
    scale = {"RescaleSlope": 4 if bits == 8 else 16, "RescaleIntercept": -1024 - low * 4}
    kind = {"PixelRepresentation": int(signed)}
    uncompressed(tmp_path, values.astype(np.int8 if signed else np.uint8), **tags, **scale, **kind)
    image = dcmread(tmp_path / "a.dcm")
    np.testing.assert_array_equal(stored_values(image, tmp_path), image.pixel_array)


def overlay(dataset: Dataset, place: int, allocated: int = 16) -> Dataset:
    """Tags of an overlay in the bits above the values, as old scanners wrote them."""
    dataset.add_new(0x60000100, "US", allocated)
    dataset.add_new(0x60000102, "US", place)
    return dataset


@pytest.mark.parametrize("signed", [False, True])
def test_an_overlay_in_unused_bits_is_left_out(tmp_path: Path, signed: bool) -> None:
    words = (HU.view(np.uint16) if signed else stored()) ^ 0
    words[::3] ^= 1 << 13
    tags = {"PixelRepresentation": int(signed), "RescaleIntercept": 0 if signed else -1024}
    dataset = make_slice(HU, PixelData=words.tobytes(), **tags)
    save(overlay(dataset, 13), tmp_path / "a.dcm")
    volume = read_series(tmp_path)
    np.testing.assert_array_equal(volume.hu[0], HU)
    assert volume.notes[0].startswith("an overlay in the bits above the values: left out")


@pytest.mark.parametrize(("place", "allocated"), [(12, 16), (0, 1), (11, 16), (13, 1)])
def test_an_overlay_elsewhere_excuses_no_bit(tmp_path: Path, place: int, allocated: int) -> None:
    words = stored()
    words[3, 4] |= 1 << 13
    dataset = make_slice(HU, PixelData=words.tobytes())
    save(overlay(dataset, place, allocated), tmp_path / "a.dcm")
    with pytest.raises(SeriesError, match="values of more than 12 bits"):
        read_series(tmp_path)


@pytest.mark.parametrize("extra", [2, 4, 256, HU.size * 2, -2])
@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian])
def test_pixels_of_other_bytes_than_the_image_has(tmp_path: Path, extra: int, syntax: str) -> None:
    """Longer ones would be read from the wrong place, or are two images."""
    words = stored().tobytes()
    content = bytes(extra) + words if extra > 0 else words[:extra]
    save(make_slice(HU, PixelData=content), tmp_path / "a.dcm", syntax)
    with pytest.raises(SeriesError, match=r"bytes of pixels where the header says 2,048"):
        read_series(tmp_path)


def test_an_odd_number_of_bytes_is_made_even(tmp_path: Path) -> None:
    values = np.arange(15, dtype=np.uint8).reshape(3, 5)
    tags = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "RescaleSlope": 80}
    save(
        make_slice(np.zeros((3, 5), np.int16), PixelData=values.tobytes() + b"\0", **tags),
        tmp_path / "a.dcm",
    )
    np.testing.assert_array_equal(read_series(tmp_path).hu[0], values.astype(int) * 80 - 1024)


@pytest.mark.parametrize("syntax", [*CODECS, uid.RLELossless])
@pytest.mark.parametrize("table", [True, False], ids=["offset table", "no offset table"])
def test_two_images_in_a_file_of_one(tmp_path: Path, syntax: str, table: bool) -> None:
    write(tmp_path, syntax, HU)
    dataset = dcmread(tmp_path / "a.dcm")
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    dataset.PixelData = encapsulate([stream, stream], has_bot=table)
    dataset.save_as(tmp_path / "a.dcm")
    with pytest.raises(SeriesError, match="can't decode pixel data"):
        read_series(tmp_path)


def test_an_offset_table_that_skips_an_image(tmp_path: Path) -> None:
    write(tmp_path, uid.JPEGLosslessSV1, HU)
    dataset = dcmread(tmp_path / "a.dcm")
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    joined = encapsulate([stream, stream], has_bot=False)
    place = (8 + len(stream)).to_bytes(4, "little")
    dataset.PixelData = joined[:4] + (4).to_bytes(4, "little") + place + joined[8:]
    dataset.save_as(tmp_path / "a.dcm")
    with pytest.raises(SeriesError, match="places of 1 images where the header says one"):
        read_series(tmp_path)
