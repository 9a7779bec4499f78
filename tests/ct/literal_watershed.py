"""The published lung segmentation, one step per line: slow, and the oracle of the fast one.

Source: Kaggle kernel "Improved lung segmentation using watershed"; the numbers of the steps are
those of its text. Names that current libraries dropped are replaced, and two things are settled
that the kernel leaves to chance: a slice without a marker stops with an empty mask, and a slice
without any gradient keeps a gradient of 0 where the kernel divides 0 by 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import measure, segmentation

OCTAGON = [
    [0, 0, 1, 1, 1, 0, 0],
    [0, 1, 1, 1, 1, 1, 0],
    [1, 1, 1, 1, 1, 1, 1],
    [1, 1, 1, 1, 1, 1, 1],
    [1, 1, 1, 1, 1, 1, 1],
    [0, 1, 1, 1, 1, 1, 0],
    [0, 0, 1, 1, 1, 0, 0],
]


def literal_watershed(image: NDArray[np.int16], regions: int = 2) -> NDArray[np.bool_]:
    """Lung mask of one slice: (H, W) int16 HU within ±4095 to (H, W) bool."""
    # 1 inner marker
    internal = segmentation.clear_border(image < -400)
    labels = measure.label(internal)
    areas = sorted(region.area for region in measure.regionprops(labels))
    if len(areas) > regions:
        for region in measure.regionprops(labels):
            if region.area < areas[-regions]:
                for y, x in region.coords:
                    labels[y, x] = 0
    internal = labels > 0
    # 2 outer marker
    external_a = ndimage.binary_dilation(internal, iterations=10)
    external_b = ndimage.binary_dilation(internal, iterations=55)
    external = external_b ^ external_a
    # 3 markers
    marker = np.zeros(image.shape, dtype=int)
    marker += internal * 255
    marker += external * 128
    if not marker.any():
        return np.zeros(image.shape, bool)
    # 4 gradient
    gradient = np.hypot(ndimage.sobel(image, 1), ndimage.sobel(image, 0))
    if gradient.max() > 0:
        gradient *= 255.0 / np.max(gradient)
    # 5 watershed
    watershed = segmentation.watershed(gradient, marker)
    # 6 outline
    outline = ndimage.morphological_gradient(watershed, size=(3, 3)).astype(bool)
    # 7 black top-hat
    structure = ndimage.iterate_structure(np.array(OCTAGON), 8)
    outline += ndimage.black_tophat(outline, structure=structure)
    # 8 lung filter
    lungfilter = np.bitwise_or(internal, outline)
    square = np.ones((5, 5))
    if min(image.shape) >= len(square):
        return ndimage.binary_closing(lungfilter, structure=square, iterations=3)
    # With more than one iteration scipy (1.17) writes beyond an image smaller than the structure.
    for step in (ndimage.binary_dilation, ndimage.binary_erosion):
        for _ in range(3):
            lungfilter = step(lungfilter, square)
    return lungfilter
