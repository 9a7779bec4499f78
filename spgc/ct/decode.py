"""Stored pixel values of one DICOM image, whatever its transfer syntax.

JPEG Lossless, the syntax of COVID-CT-MD, goes to libjpeg-turbo through imagecodecs, which takes
a quarter of GDCM's time. Everything else goes through pydicom, with GDCM behind it for what is
compressed; so does JPEG Lossless where imagecodecs is not installed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.uid import JPEGLossless, JPEGLosslessSV1

from spgc.errors import SeriesError

_LIBJPEG_TURBO = (JPEGLossless, JPEGLosslessSV1)
_END_OF_IMAGE = b"\xff\xd9"


def stored_values(dataset: Dataset, path: Path) -> NDArray[Any]:
    """Stored values before rescaling: (H, W), an integer type of at most 16 bits as a rule.

    Raises SeriesError for truncated or damaged pixel data and unknown transfer syntaxes.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        pixels = _turbo(dataset) if syntax in _LIBJPEG_TURBO else None
        if pixels is None:
            pixels = dataset.pixel_array
    except Exception as error:  # decoders raise whatever they like; their texts may quote tags
        raise SeriesError(
            "can't decode pixel data",
            where=path,
            found=f"{syntax.name}, {type(error).__name__} from the decoder",
            expected="a complete image",
            do="copy the file again from its source, or remove it",
        ) from error
    expected = (int(dataset.Rows), int(dataset.Columns))
    if pixels.shape != expected or pixels.dtype.kind not in "iu":
        raise SeriesError(
            "pixel data has the wrong form",
            where=path,
            found=f"{pixels.shape} {pixels.dtype}",
            expected=f"{expected} integers, one grey image a file",
            do="export single-frame CT images",
        )
    return pixels


def _turbo(dataset: Dataset) -> NDArray[Any] | None:
    """Decode JPEG Lossless with libjpeg-turbo; None where imagecodecs is not installed."""
    try:
        from imagecodecs import jpeg8_decode
    except ImportError:
        return None
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    if not frame.rstrip(b"\0").endswith(_END_OF_IMAGE):
        raise ValueError("JPEG stream without an end")  # libjpeg would fill the rest with grey
    pixels: NDArray[Any] = jpeg8_decode(frame)
    if dataset.get("PixelRepresentation", 0) == 1:
        return _signed(pixels, int(dataset.BitsStored))
    return pixels


def _signed(pixels: NDArray[Any], bits: int) -> NDArray[np.int16]:
    """Two's complement of `bits` bits: the codec knows unsigned values only."""
    shift = 16 - bits
    signed: NDArray[np.int16] = (pixels.astype(np.uint16) << shift).view(np.int16) >> shift
    return signed
