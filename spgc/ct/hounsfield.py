"""Hounsfield units from stored values: rescaling per slice, padding, inverted images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from spgc.ct.decode import stored_values
from spgc.ct.plain_pixels import overlay_bits, padding_beyond_bits
from spgc.ct.plausible import AIR, AIR_BELOW, HuCount
from spgc.ct.rescale_steps import check_rescale_steps
from spgc.ct.slice_file import SliceFile, damage_named
from spgc.ct.tags import DamagedTagError, number
from spgc.errors import SeriesError

PADDING_BELOW = -900
"""A padding value above this HU would erase tissue: it is left alone."""

EXPORT_AGAIN = "export the series again in HU, with its RescaleSlope and RescaleIntercept"

HU_TYPES = frozenset({"", "HU", "HU_MOD", "US"})
"""RescaleType of HU (PS3.3, C.11.1.1.2): also of virtual energies, unspecified, and absent."""

OTHER_TYPES = frozenset({"OD", "MGML", "Z", "Z_EFF", "ZEFF", "ED", "EDW", "PCT", "MHU"})
"""RescaleType of spectral maps and densities, named in errors; other texts are not quoted."""


_PLAIN = "MONOCHROME1 with plain pixels: taken as they are"
_INVERTED = "MONOCHROME1 with inverted pixels: turned back"


def hounsfield(slices: Sequence[SliceFile]) -> tuple[NDArray[np.int16], list[str]]:
    """Decode and rescale slices in their order: (S, H, W) int16 HU, at least -1024, and notes.

    Raises SeriesError for pixel data that can't be decoded and for values that are not HU.
    """
    remarks: dict[str, int] = {}
    rescale = _rescale(slices, remarks)
    hu = np.empty((len(slices), *slices[0].size), np.int16)
    whole, airless, blank = HuCount(), [], set()
    for index, image in enumerate(slices):
        with damage_named(image.path):
            values, flat = _slice_hu(image, rescale[index], remarks)
        count = HuCount()
        count.add(values)
        whole += count
        if flat and count.high <= AIR:
            blank.add(index)
        elif not count.air:
            airless.append(index)
        hu[index] = np.clip(values, AIR, np.iinfo(np.int16).max)
    if _PLAIN in remarks and _INVERTED in remarks:
        raise SeriesError(
            "MONOCHROME1 with inverted pixels in part of the slices",
            where=slices[0].path.parent,
            found=f"{remarks[_INVERTED]} slices with bright corners, {remarks[_PLAIN]} without",
            expected="air in the corners of all",
            do=EXPORT_AGAIN,
        )
    whole.check(slices[0].path.parent, EXPORT_AGAIN)
    if airless:
        _check_airless(slices, rescale, airless, blank)
        _remark(remarks, f"no voxel below {AIR_BELOW} HU: are these slices in HU?", len(airless))
    notes = [f"{text} ({count} slices)" for text, count in remarks.items()]
    steps = check_rescale_steps([image.path for image in slices], rescale, hu, blank)
    return hu, [*notes, *steps]


def _check_airless(
    slices: Sequence[SliceFile],
    rescale: list[tuple[float, float]],
    airless: list[int],
    blank: set[int],
) -> None:
    """Refuse slices without air whose rescaling is not the one of all slices with air.

    blank: slices that prove nothing.
    """
    sound = {rescale[i] for i in range(len(slices)) if i not in (*airless, *blank)}
    others = [i for i in airless if rescale[i] not in sound]
    if len(sound) == 1 and others:
        raise _wrong_rescale(
            slices[others[0]],
            "another rescaling than in other slices, and no air",
            "values in HU, with air near -1000",
        )


def is_hu(image: SliceFile) -> bool:
    """Whether RescaleType says, or leaves open, that rescaled values are HU."""
    return image.rescale_type in HU_TYPES


def _slice_hu(
    image: SliceFile, rescale: tuple[float, float], remarks: dict[str, int]
) -> tuple[NDArray[Any], bool]:
    """HU of one slice before clipping; padding lies below `AIR`.

    Also whether one value is stored in all of it but padding: then rescaling changes nothing that
    could be seen.
    """
    dataset = image.dataset
    stored = stored_values(dataset, image.path)
    slope, intercept = rescale
    if overlay_bits(dataset):
        _remark(remarks, "an overlay in the bits above the values: left out")
    if dataset.get("PhotometricInterpretation") == "MONOCHROME1":
        stored = _monochrome1(stored, dataset, slope, remarks)
    values: NDArray[Any]
    if slope == 1 and intercept == int(intercept) and abs(intercept) < 2**30:
        values = stored.astype(np.int32) + int(intercept)
    else:
        with np.errstate(over="ignore"):
            values = np.rint(stored * slope + intercept)
    padding = _padding(stored, dataset, slope, intercept, remarks)
    if padding is not None:
        values[padding] = AIR - 1
        stored = stored[~padding]
    return values, not stored.size or bool(stored.min() == stored.max())


def _rescale(slices: Sequence[SliceFile], remarks: dict[str, int]) -> list[tuple[float, float]]:
    """RescaleSlope and RescaleIntercept of each slice, 1 and 0 where the whole series has none.

    Raises SeriesError for damaged ones, for other units, and where part of the series has none.
    """
    found = [_rescale_tags(image, remarks) for image in slices]
    slopes, intercepts = [slope for slope, _ in found], [intercept for _, intercept in found]
    no_slope, no_intercept = slopes.count(None), intercepts.count(None)
    if no_slope and any(slope not in (None, 1.0) for slope in slopes):
        raise _wrong_rescale(slices[slopes.index(None)], "no RescaleSlope", "one, as other slices")
    if 0 < no_intercept < len(slices):
        lacking = slices[intercepts.index(None)]
        raise _wrong_rescale(lacking, "no RescaleIntercept", "one, as other slices")
    if no_slope and no_intercept:
        _remark(remarks, "no RescaleSlope or RescaleIntercept: stored values taken as HU", no_slope)
    elif no_slope:
        _remark(remarks, "no RescaleSlope: taken as 1", no_slope)
    elif no_intercept:
        _remark(remarks, "no RescaleIntercept: taken as 0", no_intercept)
    return [
        (1.0 if slope is None else slope, 0.0 if intercept is None else intercept)
        for slope, intercept in found
    ]


def _rescale_tags(image: SliceFile, remarks: dict[str, int]) -> tuple[float | None, float | None]:
    if not is_hu(image):
        kind = image.rescale_type
        named = f"RescaleType {kind}" if kind in OTHER_TYPES else "another RescaleType"
        raise _wrong_rescale(image, named, "HU")
    more: list[str] = []
    try:
        slope = number(image.dataset, "RescaleSlope", more)
        intercept = number(image.dataset, "RescaleIntercept", more)
    except DamagedTagError as error:
        raise _wrong_rescale(image, f"a damaged {error}", "a number") from error
    if slope == 0:
        raise _wrong_rescale(image, "RescaleSlope 0", "a slope other than 0")
    if slope is not None and slope < 0:
        more.append("negative RescaleSlope: used as it is")
    for text in more:
        _remark(remarks, text)
    return slope, intercept


def _wrong_rescale(image: SliceFile, found: str, expected: str) -> SeriesError:
    return SeriesError(
        "values can't become HU",
        where=image.path,
        found=found,
        expected=expected,
        do=EXPORT_AGAIN,
    )


def _monochrome1(
    stored: NDArray[Any], dataset: Dataset, slope: float, remarks: dict[str, int]
) -> NDArray[Any]:
    """Undo an inversion that was put into the pixels.

    MONOCHROME1 by itself only says how to show an image, but some exports invert the pixels
    with it. Air fills the corners of a chest CT: where they are the brightest part, undo it.
    """
    height, width = stored.shape
    y, x = max(height // 32, 1), max(width // 32, 1)
    corners = np.concatenate(
        [
            stored[a, b].ravel()
            for a in (slice(y), slice(-y, None))
            for b in (slice(x), slice(-x, None))
        ]
    )
    middle = (float(stored.min()) + float(stored.max())) / 2
    if (float(np.median(corners)) - middle) * slope <= 0:
        _remark(remarks, _PLAIN)
        return stored
    _remark(remarks, _INVERTED)
    signed = int(dataset.get("PixelRepresentation", 0)) == 1
    flipped: NDArray[Any] = (-1 if signed else 2 ** int(dataset.BitsStored) - 1) - stored.astype(
        np.int32
    )
    return flipped


def _padding(
    stored: NDArray[Any],
    dataset: Dataset,
    slope: float,
    intercept: float,
    remarks: dict[str, int],
) -> NDArray[np.bool_] | None:
    """Pixels that PixelPaddingValue (to PixelPaddingRangeLimit) marks as outside the scan."""
    more: list[str] = []
    beyond: NDArray[np.bool_] | None = None
    try:
        first = number(dataset, "PixelPaddingValue", more)
        word = None if first is None else padding_beyond_bits(first, dataset)
        if word is not None:
            beyond = stored.astype(np.int64) & 0xFFFF == word
        limit = number(dataset, "PixelPaddingRangeLimit", more)
    except DamagedTagError as error:
        _remark(remarks, f"{error} is damaged: padding left as it is")
        return beyond
    for text in more:
        _remark(remarks, text)
    if first is None or (limit is None and beyond is not None):
        return beyond
    last = first if limit is None else limit
    if stored.dtype == np.int16:  # some exports write the signed value as unsigned
        first, last = ((end + 2**15) % 2**16 - 2**15 for end in (first, last))
    low, high = min(first, last), max(first, last)
    if max(low * slope, high * slope) + intercept > PADDING_BELOW:
        _remark(remarks, "PixelPaddingValue lies among tissue values: not used")
        return beyond
    marked: NDArray[np.bool_] = (stored >= low) & (stored <= high)
    return marked if beyond is None else marked | beyond


def _remark(remarks: dict[str, int], text: str, slices: int = 1) -> None:
    remarks[text] = remarks.get(text, 0) + slices
