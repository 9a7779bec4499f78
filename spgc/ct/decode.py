"""Decoding the pixels of one DICOM image, whatever its transfer syntax.

Compressed images are decoded by imagecodecs (libjpeg-turbo, CharLS, OpenJPEG), after their
streams were held against the header and before their pixels are. Damage within a stream that
still reads as an image is beyond that (docs/ct-background.md: how much is found per syntax).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame, parse_basic_offsets

from spgc.ct.jpeg2000_stream import parse_jpeg2000
from spgc.ct.jpeg_dct import check_blocks
from spgc.ct.jpeg_lossless import check_lossless
from spgc.ct.jpeg_stream import LOSSLESS, DamagedStreamError, parse_jpeg
from spgc.ct.plain_pixels import plain_values, within_bits
from spgc.ct.rle import decode_rle
from spgc.errors import SeriesError

_Pixels = NDArray[Any]


def stored_values(dataset: Dataset, path: Path) -> NDArray[Any]:
    """Stored values before rescaling: (H, W), an integer type of at most 16 bits as a rule.

    Raises SeriesError for truncated or damaged pixel data and unknown transfer syntaxes.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax not in _DECODERS and syntax not in _PLAIN:
        raise _unknown(syntax, path)
    _check_grey(dataset, path)
    try:
        pixels = plain_values(dataset) if syntax in _PLAIN else _decompressed(dataset)
    except Exception as error:  # decoders raise whatever they like; their texts may quote tags
        own = isinstance(error, DamagedStreamError)
        raise SeriesError(
            "can't decode pixel data",
            where=path,
            found=f"{syntax.name}, {error if own else f'{type(error).__name__} from the decoder'}",
            expected="a complete image",
            do="copy the file again from its source, or remove it",
        ) from error
    expected = (int(dataset.Rows), int(dataset.Columns))
    if pixels.shape != expected or pixels.dtype.kind not in "iu":
        raise SeriesError(
            "pixel data has the wrong form",
            where=path,
            found=f"{pixels.shape} {pixels.dtype}",
            expected=f"{expected} integers, one grey image per file",
            do="export single-frame CT images",
        )
    return pixels


def _check_grey(dataset: Dataset, path: Path) -> None:
    """Raise SeriesError for one value a pixel that is no grey, or doesn't stand in the low bits.

    Of compressed images the codecs know where the bits are; RLE packs bytes as they are.
    """
    kind, high, bits = (
        dataset.get(word) for word in ("PhotometricInterpretation", "HighBit", "BitsStored")
    )
    found = ""
    if dataset.get("SamplesPerPixel", 1) == 1 and kind not in (*_GREY, None, ""):
        found = str(kind) if kind in _COLOURED else "another PhotometricInterpretation"
    raw = not dataset.file_meta.TransferSyntaxUID.is_encapsulated
    rle = dataset.file_meta.TransferSyntaxUID == uid.RLELossless
    if (raw or rle) and isinstance(high, int) and isinstance(bits, int) and high >= bits > 0:
        found = f"HighBit {high} of {bits} bits stored"
    if found:
        raise SeriesError(
            "pixel data has the wrong form",
            where=path,
            found=found,
            expected="grey values in the low bits",
            do="export single-frame CT images",
        )


_GREY = ("MONOCHROME1", "MONOCHROME2")
_COLOURED = ("PALETTE COLOR", "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT")


def _unknown(syntax: uid.UID, path: Path) -> SeriesError:
    """Text of a file is shown only where it is what it should be: it might name a person."""
    named = syntax.name if syntax.is_transfer_syntax and syntax.name != syntax else ""
    return SeriesError(
        "unknown transfer syntax",
        where=path,
        found=named or (str(syntax) if syntax.is_valid else "a text that is no UID"),
        expected="uncompressed, deflated, RLE, JPEG, JPEG-LS or JPEG 2000 images",
        do="convert the file, as with `gdcmconv --raw` or `dcmdjpeg`",
    )


def _decompressed(dataset: Dataset) -> _Pixels:
    """Decode a compressed image, in the integer type that PixelRepresentation asks for."""
    if not 1 <= int(dataset.BitsStored) <= 16:
        raise DamagedStreamError(f"{int(dataset.BitsStored)} bits stored")
    offsets = parse_basic_offsets(dataset.PixelData)
    if len(offsets) > 1 or any(offsets):
        raise DamagedStreamError(f"places of {len(offsets)} images where the header says one")
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    return within_bits(_DECODERS[dataset.file_meta.TransferSyntaxUID](stream, dataset), dataset)


def _jpeg(stream: bytes, dataset: Dataset) -> _Pixels:
    from imagecodecs import jpeg8_decode

    parsed = parse_jpeg(stream)
    _check_claim(parsed.size, parsed.components, dataset)
    if parsed.frame != LOSSLESS:  # by the stream: some files name the syntax of another
        check_blocks(parsed)
    pixels: _Pixels = jpeg8_decode(stream)
    if parsed.frame == LOSSLESS:
        check_lossless(parsed, pixels)
    return pixels


def _jpeg_ls(stream: bytes, dataset: Dataset) -> _Pixels:
    from imagecodecs import jpegls_decode

    parsed = parse_jpeg(stream)
    _check_claim(parsed.size, parsed.components, dataset)
    pixels: _Pixels = jpegls_decode(stream)
    return pixels


def _jpeg2000(stream: bytes, dataset: Dataset) -> _Pixels:
    from imagecodecs import jpeg2k_decode

    size, components = parse_jpeg2000(stream)
    _check_claim(size, components, dataset)
    pixels: _Pixels = jpeg2k_decode(stream)
    return pixels


def _rle(stream: bytes, dataset: Dataset) -> _Pixels:
    size = int(dataset.Rows), int(dataset.Columns)
    return decode_rle(stream, size, int(dataset.BitsAllocated))


def _check_claim(size: tuple[int, int], components: int, dataset: Dataset) -> None:
    """What a stream claims, before memory is taken for it."""
    expected = int(dataset.Rows), int(dataset.Columns)
    if size != expected or components != 1:
        (h, w), (rows, columns) = size, expected
        raise DamagedStreamError(
            f"{h} x {w} pixels of {components} values where the header says {rows} x {columns}"
        )


_PLAIN = (
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRLittleEndian,
    uid.DeflatedExplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
)
_JPEG = (uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEGLossless, uid.JPEGLosslessSV1)

_DECODERS: dict[str, Callable[[bytes, Dataset], _Pixels]] = {
    uid.RLELossless: _rle,
    **dict.fromkeys(_JPEG, _jpeg),
    **dict.fromkeys((uid.JPEGLSLossless, uid.JPEGLSNearLossless), _jpeg_ls),
    **dict.fromkeys((uid.JPEG2000Lossless, uid.JPEG2000), _jpeg2000),
    **dict.fromkeys((uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K), _jpeg2000),
}
"""Of compressed images: stream and dataset to (H, W) values as the codec gives them."""
