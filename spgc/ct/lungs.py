"""Lung segmentation: the methods by name, for a slice and for a scan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from spgc.ct.bits import Mask
from spgc.ct.plausible import Spacing
from spgc.ct.watershed import watershed_slice
from spgc.errors import UsageError

LungMethod = Callable[[NDArray[np.int16], Spacing, int], Mask]
"""(S, H, W) int16 HU, head to feet, spacing, and threads to use, to (S, H, W) bool."""

NO_LUNGS = "none"
"""The method of those who want no mask: an empty one is then no finding."""

R231 = "r231"
"""A network, whose weights `spgc.runs.lung_settings` finds and `spgc.nets.lung_unet` runs."""

USUAL_SPACING: Spacing = (2.0, 0.7, 0.7)
"""Taken where a scan's own is not given: that of most of COVID-CT-MD."""


def watershed_two_regions(
    hu: NDArray[np.int16], spacing: Spacing = USUAL_SPACING, threads: int = 1
) -> Mask:
    """Keep the two largest dark regions of each slice, as the kernel that the paper cites does.

    The default, since the paper used that kernel's code.
    """
    return _slice_by_slice(hu, 2, threads)


def watershed_one_region(
    hu: NDArray[np.int16], spacing: Spacing = USUAL_SPACING, threads: int = 1
) -> Mask:
    """Keep "just the biggest" dark region, as the paper's text puts it (section 3.2).

    Loses a lung in every slice where the two lungs are separate.
    """
    return _slice_by_slice(hu, 1, threads)


def watershed_closed(
    hu: NDArray[np.int16], spacing: Spacing = USUAL_SPACING, threads: int = 1
) -> Mask:
    """The default's masks, closed in 3-D: keeps consolidated lung; see `spgc.ct.closing`.

    Not the paper's: a network trained on other masks has not seen such.
    """
    from spgc.ct.closing import close_lungs  # imports Qhull, a tenth of a second of every start

    return close_lungs(watershed_two_regions(hu, spacing, threads), hu, spacing)


def no_lungs(hu: NDArray[np.int16], spacing: Spacing = USUAL_SPACING, threads: int = 1) -> Mask:
    """Mark nothing: for systems that look at whole slices and want no mask."""
    return np.zeros(hu.shape, bool)


def _without_weights(
    hu: NDArray[np.int16], spacing: Spacing = USUAL_SPACING, threads: int = 1
) -> Mask:
    """The network R231, which is more than a name: `LungUNet` is called instead."""
    raise UsageError(
        f"lung method {R231} needs its weights",
        do="take spgc.runs.lung_settings.lung_settings, which finds them",
    )


def _slice_by_slice(hu: NDArray[np.int16], regions: int, threads: int) -> Mask:
    masks = np.zeros(hu.shape, bool)

    def segment(index: int) -> None:
        masks[index] = watershed_slice(hu[index], regions=regions)

    if threads == 1:
        for index in range(len(hu)):
            segment(index)
    else:  # most of the work is done outside the interpreter's lock
        with ThreadPoolExecutor(threads, thread_name_prefix="lungs") as pool:
            list(pool.map(segment, range(len(hu))))
    return masks


LUNG_METHODS: Mapping[str, LungMethod] = MappingProxyType(
    {
        "watershed-two-regions": watershed_two_regions,
        "watershed-one-region": watershed_one_region,
        "watershed-closed": watershed_closed,
        NO_LUNGS: no_lungs,
        R231: _without_weights,
    }
)
"""Methods by name."""

DEFAULT_LUNGS = "watershed-two-regions"


def segment_slice(hu: NDArray[np.int16], method: str = DEFAULT_LUNGS) -> Mask:
    """Lung mask of one slice: (H, W) int16 HU to (H, W) bool.

    A method that looks at neighbouring slices has none here. Raises UsageError for an unknown
    method.
    """
    return np.asarray(segment_lungs(hu[None], method)[0], bool)


def segment_lungs(
    hu: NDArray[np.int16],
    method: str = DEFAULT_LUNGS,
    spacing: Spacing = USUAL_SPACING,
    threads: int = 1,
) -> Mask:
    """Lung masks of a scan: (S, H, W) int16 HU, head to feet, to (S, H, W) bool.

    spacing: (z, y, x) mm; threads: slices worked on at a time, which changes no mask. Raises
    UsageError for an unknown method.
    """
    return check_method(method)(hu, spacing, threads)


def check_method(name: str, *, masks: bool = False) -> LungMethod:
    """The method called `name`. Raises UsageError when there is none.

    masks: whether masks are needed; then `none` is refused as well.
    """
    if name not in LUNG_METHODS:
        raise UsageError("unknown lung method", found=repr(name), expected=" | ".join(LUNG_METHODS))
    if masks and name == NO_LUNGS:
        raise UsageError(
            "lung masks are needed here",
            found=f"lung method {NO_LUNGS}",
            expected=" | ".join(method for method in LUNG_METHODS if method != NO_LUNGS),
        )
    return LUNG_METHODS[name]
