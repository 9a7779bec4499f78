"""Padding outside the field of view that holds a value of tissue: made air, as it is elsewhere.

A reconstruction is a circle, and resampled slices have corners that nothing was measured in. Filled
with 0 instead of air they close in the air around the patient, which the lungs' watershed then
takes for the lungs: it drops only what touches the border.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spgc.ct.bits import Mask
from spgc.ct.plausible import AIR
from spgc.ct.series import Volume

DARK = -900
"""HU up to which corners are air, or filled as if."""

MOST_SLICES = 0.9
"""Share of slices whose four corners hold the same value from which that is no image: noise alone
makes those of a scan differ."""

_EIGHT_NEIGHBOURS = np.ones((3, 3), bool)


def padding_as_air(volume: Volume) -> Volume:
    """The volume with padding of a value above `DARK` made `AIR`, and a note; else as it is."""
    corners = _corners(volume.hu)
    value = int(np.median(corners))
    padded = np.flatnonzero((corners == value).all(axis=1))
    if value <= DARK or len(padded) < MOST_SLICES * len(corners):
        return volume
    for index in padded:
        image = volume.hu[index]
        image[_from_corners(image == value)] = AIR
    note = f"corners of {value} HU are outside the field of view: taken as {AIR} HU"
    return replace(volume, notes=(*volume.notes, f"{note} ({len(padded)} slices)"))


def _corners(images: NDArray[np.int16]) -> NDArray[np.int16]:
    """The corner pixels of slices, (S, H, W) to (S, 4)."""
    return images[:, [0, 0, -1, -1], [0, -1, 0, -1]]


def _from_corners(same: Mask) -> Mask:
    """Of a (H, W) mask, what hangs together with a corner."""
    parts, _ = ndimage.label(same, _EIGHT_NEIGHBOURS)
    return np.asarray(same & np.isin(parts, _corners(parts[None])), bool)
