"""Watershed flooding of the open ring between the lung marker and the outer marker.

Why the ring is enough, and exact. scikit-image floods from a heap ordered by (grey value, time
of entry); all marker pixels enter at time 0, and the heap leaves open which of two with equal
value comes first. That order is the only thing a marker pixel away from the ring can change.
Whatever the order, pixels of one label next to each other in it may be swapped freely (together
they reach the same pixels and enqueue the same pixels), and moving a lung pixel before an outer
one can only give the lung more pixels. So flooding once with the lung first and once with the
outer marker first yields the largest and the smallest lung that any order can give. Where both
agree, that is the answer of the full flood; where they don't, the full flood is run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.segmentation import watershed

from spgc.ct.bits import BitPlane, Box, Mask

LUNG, OUTER = 255, 128
"""Marker values of the published kernel."""

Plane = NDArray[np.int16]


def flood_ring(hu: Plane, inner: Mask, box: Box, inner_reach: int, outer_reach: int) -> Mask:
    """The flooded lung, inner marker included.

    hu: (H, W); inner: (H, W) the lung marker; box: (h, w) crop that holds all within reach.
    The outer marker holds pixels more than `inner_reach` and at most `outer_reach` steps away.
    Returns (h, w) bool on the crop.
    """
    ring, markers = _ring(inner[box], inner_reach)
    gx, gy = sobel(hu)
    gradient = scaled_gradient(gx[box], gy[box], _peak(gx, gy)).astype(np.float64)
    flooded = ring | (markers != 0)
    largest = _flood(gradient, markers, flooded, first=LUNG)
    smallest = _flood(gradient, markers, flooded, first=OUTER)
    if np.array_equal(largest, smallest):
        return inner[box] | largest
    return flood_whole(gx, gy, inner, inner_reach, outer_reach)[box]


def flood_whole(gx: Plane, gy: Plane, inner: Mask, inner_reach: int, outer_reach: int) -> Mask:
    """The published flood of the whole image, for the rare slice where ties decide. (H, W)"""
    steps = ndimage.distance_transform_cdt(~inner, metric="taxicab")
    outer = (steps > inner_reach) & (steps <= outer_reach)
    markers = inner * LUNG + outer * OUTER
    flooded: Mask = watershed(scaled_gradient(gx, gy, _peak(gx, gy)), markers) == LUNG
    return flooded


def _ring(inner: Mask, reach: int) -> tuple[Mask, NDArray[np.int32]]:
    """Pixels that no marker holds, and the marker pixels that touch them. (h, w) each"""
    plane = BitPlane(inner.shape[0], inner.shape[1], reach + 1)
    lung = plane.pack(inner)
    grown = plane.dilate_diamond(lung, reach)
    outer = plane.dilate_diamond(grown, 1) & ~grown
    ring = grown & ~lung
    touching = lung & plane.dilate_diamond(ring, 1)
    markers = plane.unpack(touching) * np.int32(LUNG) + plane.unpack(outer) * np.int32(OUTER)
    return plane.unpack(ring), markers


def _flood(
    gradient: NDArray[np.float64], markers: NDArray[np.int32], flooded: Mask, first: int
) -> Mask:
    """Flood with ties between markers broken in favour of `first`. Pixels that become lung."""
    favoured = markers == first
    gradient = gradient.copy()
    gradient[favoured] = np.nextafter(gradient[favoured], -1.0)
    lung: Mask = watershed(gradient, markers, mask=flooded) == LUNG
    return lung


def sobel(hu: Plane) -> tuple[Plane, Plane]:
    """Sobel gradients along x and y, edges repeated: scipy's `sobel` on int16. (H, W) each"""
    padded = np.pad(hu, 1, mode="edge")
    along_x = padded[:, 2:] - padded[:, :-2]
    along_y = padded[2:] - padded[:-2]
    gx = along_x[:-2] + 2 * along_x[1:-1] + along_x[2:]
    gy = along_y[:, :-2] + 2 * along_y[:, 1:-1] + along_y[:, 2:]
    return gx, gy


def _peak(gx: Plane, gy: Plane) -> np.float32:
    """Largest gradient magnitude, `hypot(gx, gy).max()`, without a root for every pixel."""
    wide_x, wide_y = gx.astype(np.int32), gy.astype(np.int32)
    squares = wide_x * wide_x + wide_y * wide_y
    top = int(squares.max())
    near_top = squares >= top - (top >> 16)
    return np.float32(np.hypot(gx[near_top], gy[near_top]).max())


def scaled_gradient(gx: Plane, gy: Plane, peak: np.float32) -> NDArray[np.float32]:
    """Gradient magnitude scaled to a maximum of 255, in the kernel's single precision.

    An image without any gradient keeps 0 everywhere; the kernel divides by zero there.
    """
    magnitude: NDArray[np.float32] = np.hypot(gx, gy)
    if peak > 0:
        magnitude *= np.float32(255.0) / peak
    return magnitude
