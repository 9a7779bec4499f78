"""A scan with slices at another distance: HU linear between slices, lung masks of the nearest.

The rule is that of SimpleITK's ResampleImageFilter as challenge teams call it: the new grid begins
at the slice nearest the feet, where readers of DICOM series begin, and has round(slices × spacing /
step) slices; between two slices values are linear and cut off to whole HU, within half a slice
beyond the last one its values hold, further out everything is 0 HU.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import Scan
from spgc.ct.plausible import without_noise

SAME_STEP = 1e-3
"""mm: slices whose distance differs by less have it (choice; headers hold rounded positions)."""


_HALF = 0.5


@dataclass(frozen=True)
class ResampledScan:
    """`scan` with slices every `step` mm, numbered head to feet; in the plane nothing changes.

    Lung masks are not made anew: a slice has the mask of the stored slice nearest to it, and none
    where it lies beyond the scan. Its key tells it from the scan itself and from other steps.
    """

    scan: Scan
    step: float

    @property
    def n_slices(self) -> int:
        return max(1, round(self.scan.n_slices * self._apart / self.step))

    @property
    def _apart(self) -> float:
        """mm between slices of the scan."""
        return without_noise(self.scan.spacing)[0]

    @property
    def key(self) -> str:
        facts = f"{self.scan.key}|linear every {self.step!r} mm"
        return hashlib.sha256(facts.encode()).hexdigest()

    @property
    def spacing(self) -> tuple[float, float, float]:
        return (self.step, *self.scan.spacing[1:])

    def place(self, index: int) -> float:
        """Where slice `index` lies, in slices of the scan counted from the feet."""
        return (self.n_slices - 1 - index) * self.step / self._apart

    def beyond(self, index: int) -> bool:
        """Whether slice `index` lies more than half a slice beyond the last one at the head."""
        return self.place(index) >= self.scan.n_slices - _HALF

    def source(self, index: int) -> int:
        """The slice of the scan nearest to slice `index`, 0 at the head."""
        last = self.scan.n_slices - 1
        return last - min(last, int(self.place(index) + _HALF))

    def nearest(self, index: int) -> int:
        """The slice that lies nearest to slice `index` of the scan, both from 0 at the head."""
        from_feet = (self.scan.n_slices - 1 - index) * self._apart / self.step
        last = self.n_slices - 1
        return last - min(last, int(from_feet + _HALF))

    def slice(self, index: int) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        if not 0 <= index < self.n_slices:
            raise IndexError(index)
        below, above, share = self._between(index)
        hu, mask = self.scan.slice(below)
        if self.beyond(index):
            return np.zeros_like(hu), np.zeros_like(mask)
        if share == 0:
            return hu, mask
        next_hu, next_mask = self.scan.slice(above)
        return _mixed(hu, next_hu, share), next_mask if share >= _HALF else mask

    def arrays(self) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        hu, masks = self.scan.arrays()
        made = np.zeros((self.n_slices, *hu.shape[1:]), np.int16)
        shown = np.zeros(made.shape, bool)
        for index in range(self.n_slices):
            if not self.beyond(index):
                below, above, share = self._between(index)
                made[index] = _mixed(hu[below], hu[above], share)
                shown[index] = masks[self.source(index)]
        return made, shown

    def _between(self, index: int) -> tuple[int, int, float]:
        """The slices of the scan on the feet's and the head's side, and the share of the latter."""
        last, place = self.scan.n_slices - 1, self.place(index)
        below = min(int(place), last)
        above = min(below + 1, last)
        return last - below, last - above, place - int(place)


def resampled(scan: Scan, step: float) -> Scan:
    """`scan` with slices every `step` mm; itself where they lie so already."""
    return scan if abs(scan.spacing[0] - step) < SAME_STEP else ResampledScan(scan, step)


def _mixed(below: NDArray[np.int16], above: NDArray[np.int16], share: float) -> NDArray[np.int16]:
    """Linear between two slices, (H, W) each, cut off towards 0 as a cast to integers does."""
    start = below.astype(np.float64)
    return np.asarray(start + share * (above - start), np.int16)
