"""Lung masks of a whole scan that keep dense infection: the watershed's masks, closed in 3-D.

Watershed and threshold lose what is no longer dark: consolidation at the chest wall, a lung that
is small in one slice (paper, section 4.4). Neighbouring slices and the chest wall know better.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError
from skimage.draw import polygon2mask
from skimage.measure import label

from spgc.ct.bits import Mask
from spgc.ct.plausible import Spacing, check_spacing, without_noise

CLOSING_MM = 15.0
"""Radius of the closing: infection up to twice as thick is kept between lung and chest wall."""

REACH_MM = 10.0
"""How far along the body the lungs of other slices say where the chest wall is."""

AERATED = -400
"""HU below which tissue holds air; the watershed's own threshold."""

SEAM_MM = 3.0
"""Half the least thickness of what is added."""

BONE = 200
"""HU above which nothing is added: ribs and spine."""

LEAST_PART = 0.05
"""A part smaller than this share of the largest is no lung but air in the table or the gut."""

GRID_MM = 2.0
"""Pixels of the grid on which distances are taken: finer only costs time."""


def close_lungs(masks: Mask, hu: NDArray[np.int16], spacing: Spacing) -> Mask:
    """Masks with dense infection and lost aerated lung put back.

    masks: (S, H, W) bool from a slice by slice method; hu: (S, H, W) int16; spacing: (z, y, x) mm.
    What is added lies in the chest as the lungs of near slices outline it, and is no bone.
    Raises SeriesError for a spacing that no chest CT has: the grid could be of any size.
    """
    check_spacing(spacing, hu.shape)
    spacing = without_noise(spacing)
    lungs = _large_parts(masks)
    if not lungs.any():
        return lungs
    step = max(1, round(GRID_MM / spacing[1])), max(1, round(GRID_MM / spacing[2]))
    small = lungs[:, :: step[0], :: step[1]]
    if not small.any():  # a bubble between the points of the grid: nothing to close
        return lungs
    chest, sides = _outlines(small, spacing[0])
    lungs = _regrown(lungs, hu, sides, step)
    small = lungs[:, :: step[0], :: step[1]]
    grid = (spacing[0], spacing[1] * step[0], spacing[2] * step[1])
    added = _thick(_closed(small, chest, grid) & sides & ~small, grid)
    return lungs | (_enlarged(added, step, lungs.shape) & (hu < BONE))


def _large_parts(masks: Mask) -> Mask:
    """Without parts, in 3-D, that are far smaller than the largest."""
    parts, count = label(masks, return_num=True, connectivity=1)
    if count < 2:
        return masks.copy()
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    kept: Mask = (sizes >= LEAST_PART * sizes.max())[parts]
    return kept


def _outlines(small: Mask, slice_mm: float) -> tuple[Mask, Mask]:
    """Per slice the convex hull of both lungs, and that of each side, as the slices around say.

    Between the hull of both and the lungs lie chest wall, heart and spine; those of the sides
    leave out the spine and most between the lungs.
    """
    middle = int(np.median(np.nonzero(small.any(axis=(0, 1)))[0]))
    sides = np.zeros_like(small)
    for side in (slice(None, middle), slice(middle, None)):
        sides[..., side] = [filled_hull(image) for image in small[..., side]]
    both = np.stack([filled_hull(image) for image in small])
    return _spread(both, slice_mm), _spread(sides, slice_mm)


def _spread(hulls: Mask, slice_mm: float) -> Mask:
    """Each hull with what hulls within `REACH_MM` both above and below it agree on."""
    reach = int(REACH_MM // slice_mm)
    if reach < 1:
        return hulls
    size, flat = reach + 1, hulls.view(np.uint8)
    above, below = (
        ndimage.maximum_filter1d(flat, size, axis=0, origin=origin).astype(bool)
        for origin in ((size - 1) // 2, -(size // 2))
    )
    return np.asarray(above & below, bool)


def filled_hull(image: Mask) -> Mask:
    """The convex hull of an image's true pixels, filled. (H, W) to (H, W)"""
    rows, columns = np.nonzero(image)
    if len(rows) < 3:
        return image.copy()
    try:
        points = np.column_stack([rows, columns])
        corners = points[ConvexHull(points).vertices]
    except QhullError:  # all on one line
        return image.copy()
    return np.asarray(polygon2mask(image.shape, corners), bool) | image


def _regrown(lungs: Mask, hu: NDArray[np.int16], chest: Mask, step: tuple[int, int]) -> Mask:
    """With aerated lung of the chest that touches the lungs of a neighbouring slice."""
    room = (hu < AERATED) & _enlarged(chest, step, lungs.shape)
    grown = lungs.copy()
    for order in (range(1, len(lungs)), range(len(lungs) - 2, -1, -1)):
        before = 1 if order.step > 0 else -1
        for index in order:
            lost = room[index] & ~grown[index]
            if lost.any():
                parts = label(lost, connectivity=1)
                touching = np.unique(parts[lost & grown[index - before]])
                grown[index] |= np.isin(parts, touching[touching > 0])
    return grown


def _closed(small: Mask, chest: Mask, grid: Spacing) -> Mask:
    """3-D closing of the lungs together with all that lies outside the chest, cut to the chest."""
    # Below the lungs there is no chest wall to close against: the belly begins.
    solid = small | ~np.logical_or.accumulate(chest)
    far = ndimage.distance_transform_edt(~solid, grid) > CLOSING_MM
    # Without any room that a ball of this radius fits in, all of the chest would be closed.
    if not far.any():
        return small
    opened = ndimage.distance_transform_edt(~far, grid) <= CLOSING_MM
    closed: Mask = ~opened & chest
    return closed


def _thick(added: Mask, grid: Spacing) -> Mask:
    """Without seams thinner than twice `SEAM_MM`: the chest wall, where a breath moved it."""
    core = ndimage.distance_transform_edt(added, grid) > SEAM_MM
    if not core.any():
        return np.asarray(core, bool)
    thick: Mask = (ndimage.distance_transform_edt(~core, grid) <= SEAM_MM) & added
    return thick


def _enlarged(small: Mask, step: tuple[int, int], shape: tuple[int, ...]) -> Mask:
    """Back to full size, each grid point as a block of pixels."""
    large = small.repeat(step[0], axis=1).repeat(step[1], axis=2)
    return np.asarray(large[:, : shape[1], : shape[2]], bool)
