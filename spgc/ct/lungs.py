"""Lung masks: the methods by name, for a slice and for a scan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from spgc.ct.bits import Mask
from spgc.ct.watershed import watershed_slice
from spgc.errors import UsageError

SliceMethod = Callable[[NDArray[np.int16]], Mask]


def watershed_two_regions(hu: NDArray[np.int16]) -> Mask:
    """Keep the two largest dark regions, as the kernel that the paper cites does.

    The default, since the paper used that kernel's code. (H, W) int16 to (H, W) bool.
    """
    return watershed_slice(hu, regions=2)


def watershed_one_region(hu: NDArray[np.int16]) -> Mask:
    """Keep "just the biggest" dark region, as the paper's text puts it (section 3.3.1).

    Loses a lung in every slice where the two lungs are separate. (H, W) int16 to (H, W) bool.
    """
    return watershed_slice(hu, regions=1)


LUNG_METHODS: Mapping[str, SliceMethod] = MappingProxyType(
    {
        "watershed-two-regions": watershed_two_regions,
        "watershed-one-region": watershed_one_region,
    }
)
"""Slice by slice methods by name."""

DEFAULT_LUNGS = "watershed-two-regions"


def segment_slice(hu: NDArray[np.int16], method: str = DEFAULT_LUNGS) -> Mask:
    """Lung mask of one slice: (H, W) int16 HU to (H, W) bool.

    Raises UsageError for an unknown method.
    """
    return check_method(method)(hu)


def segment_lungs(hu: NDArray[np.int16], method: str = DEFAULT_LUNGS) -> Mask:
    """Lung masks of a scan, slice by slice: (S, H, W) int16 HU to (S, H, W) bool.

    Raises UsageError for an unknown method.
    """
    segment = check_method(method)
    masks = np.zeros(hu.shape, bool)
    for index, image in enumerate(hu):
        masks[index] = segment(image)
    return masks


def check_method(name: str) -> SliceMethod:
    """The method called `name`. Raises UsageError when there is none."""
    if name not in LUNG_METHODS:
        raise UsageError("unknown lung method", found=repr(name), expected=" | ".join(LUNG_METHODS))
    return LUNG_METHODS[name]
