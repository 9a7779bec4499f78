"""Slices that are rescaled otherwise than their neighbours: are the HU of both of one body?

Each slice may have a RescaleSlope and RescaleIntercept of its own, as PET has and CT seldom. Then
its stored values are others as well, and its HU go on where its neighbour's end. A damaged tag
changes the HU instead, and with the neighbour's rescaling they would fit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.ct.plausible import AIR
from spgc.errors import SeriesError
from spgc.text.shortened import FEW, some

FITS_BETTER = 0.95
"""Share of the difference to its neighbour that is left with the neighbour's rescaling, below which
that is taken for the right one. Slices of five real series, stored anew with other slopes from 0.5
to 2 and intercepts 10 to 76 lower or higher, keep at least 0.966."""

_MOST = 200.0
"""HU that a pixel's difference counts at most: where anatomy differs, rescaling says nothing."""

_DIFFER = "RescaleSlope or RescaleIntercept differ from those of most slices"

Rescale = tuple[float, float]


def check_rescale_steps(
    paths: Sequence[Path],
    rescale: Sequence[Rescale],
    hu: NDArray[np.int16],
    blank: Collection[int] = (),
) -> tuple[str, ...]:
    """Notes where rescaling differs between slices, none where it doesn't.

    paths, rescale (slope, intercept) and hu (S, H, W) are in one order; blank: indices of slices
    that hold nothing to compare, over which the next ones are. Raises SeriesError that names slices
    whose HU would fit their neighbours' with the rescaling of these.
    """
    compared = [index for index in range(len(hu)) if index not in blank]
    usual = Counter(rescale[index] for index in compared or range(len(hu))).most_common(1)[0][0]
    wrong: set[int] = set()
    for odd, other in pairwise(compared):
        if rescale[odd] == rescale[other]:
            continue
        if rescale[odd] == usual:
            odd, other = other, odd
        if _fits_better_with(hu[odd], rescale[odd], hu[other], rescale[other]):
            wrong.add(odd)
    if wrong:
        raise SeriesError(
            "slices with another rescaling have other HU than their neighbours",
            where=paths[min(wrong)].parent,
            found=some([paths[index].name for index in sorted(wrong)], FEW),
            expected="HU that go on from slice to slice",
            do="copy these files again from their source, or export the series again in HU",
        )
    differing = sum(rescale[index] != usual for index in compared)
    empty = sum(rescale[index] != usual for index in range(len(hu)) if index in blank)
    texts = {
        f"{_DIFFER}, and HU go on ({differing} slices)": differing,
        f"{_DIFFER} in blank ones, which show nothing of it ({empty} slices)": empty,
    }
    return tuple(text for text, count in texts.items() if count)


def _fits_better_with(
    hu: NDArray[np.int16], own: Rescale, other_hu: NDArray[np.int16], other: Rescale
) -> bool:
    """Whether a slice fits its neighbour clearly better with the neighbour's rescaling.

    So does one of which nothing but padding is left where the neighbour has a body.
    """
    seen = (hu > AIR) & (other_hu > AIR)
    if not seen.any():
        return True
    values = hu.astype(np.float32)
    exchanged = (values - own[1]) / own[0] * other[0] + other[1]
    left, there = (
        float(np.minimum(np.abs(image - other_hu)[seen], _MOST).mean())
        for image in (exchanged, values)
    )
    return left < FITS_BETTER * there
