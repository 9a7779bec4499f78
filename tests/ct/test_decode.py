"""The same pixels come out of every transfer syntax, signed or not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import FileMetaDataset

from spgc.ct.series import read_series
from spgc.errors import SeriesError

from .dicom_files import compressed, images, make_slice, save

HU = images(1, 32)[0]

CODECS: dict[str, Callable[..., bytes]] = {
    uid.JPEGLosslessSV1: partial(imagecodecs.jpeg8_encode, lossless=True, predictor=1),
    uid.JPEGLossless: partial(imagecodecs.jpeg8_encode, lossless=True, predictor=4),
    uid.JPEGLSLossless: imagecodecs.jpegls_encode,
    uid.JPEG2000Lossless: partial(
        imagecodecs.jpeg2k_encode, codecformat="j2k", reversible=True, level=0
    ),
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
        plain = syntax == uid.JPEG2000Lossless
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


def test_jpeg_lossless_without_imagecodecs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, uid.JPEGLosslessSV1, HU)
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    np.testing.assert_array_equal(read_series(tmp_path).hu[0], HU)


@pytest.mark.parametrize("syntax", [uid.JPEGLosslessSV1, uid.JPEG2000Lossless])
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
    dataset = compressed(make_slice(HU), CODECS[uid.JPEGLosslessSV1])
    dataset.Rows = 16
    save(dataset, tmp_path / "a.dcm", uid.JPEGLosslessSV1)
    with pytest.raises(SeriesError, match="wrong form"):
        read_series(tmp_path)
