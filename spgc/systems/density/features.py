"""A scan as numbers: how dense the lung is in its upper, middle and lower third.

Ranges of lung density in the literature:

- aeration, Gattinoni et al., Am J Respir Crit Care Med 2001, 164, 1701: hyperinflated -1000 to
  -900 HU, normally aerated -900 to -500, poorly aerated -500 to -100, not aerated -100 to 100;
- high attenuation areas, Podolanczuk et al., Eur Respir J 2016, 48, 1442: -600 to -250 HU;
- well-aerated lung in COVID-19, Colombi et al., Radiology 2020, 296, E86: -950 to -700 HU.

A watershed mask keeps part of a consolidation only, so that the densest shares are too low.
"""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import Scan
from spgc.contract.scan_parts import part_of

PARTS = 3
"""Thirds, head to feet: COVID-19 is more often found in the lower lung."""

HU_LOW, HU_HIGH = -1024, 200
"""Values outside count as these: air and, above, vessels and bone that a mask may hold."""

AERATION: tuple[int, ...] = (-1000, -900, -500, -100, 100)
"""Limits of the four ranges of Gattinoni et al."""

HIGH_ATTENUATION, WELL_AERATED = (-600, -250), (-950, -700)

DensityFeatures = NDArray[np.float64]
Counts = NDArray[np.int64]


def density_counts(scan: Scan) -> Counts:
    """Lung voxels by third and HU: (3, HU_HIGH - HU_LOW + 1); read slice by slice.

    With fewer than 3 slices a third is empty.
    """
    counts = np.zeros((PARTS, HU_HIGH - HU_LOW + 1), np.int64)
    for index in range(scan.n_slices):
        hu, mask = scan.slice(index)
        values = np.clip(hu[mask].astype(np.int64), HU_LOW, HU_HIGH) - HU_LOW
        part = part_of(index, scan.n_slices, PARTS)
        counts[part] += np.bincount(values, minlength=counts.shape[1])
    return counts


def slice_features(scan: Scan, index: int, bin_width: int) -> DensityFeatures:
    """The same numbers for one slice, (F / 3,); NaN throughout where it shows no lung."""
    hu, mask = scan.slice(index)
    values = np.clip(hu[mask].astype(np.int64), HU_LOW, HU_HIGH) - HU_LOW
    counts = np.bincount(values, minlength=HU_HIGH - HU_LOW + 1)
    if not counts.any():
        return np.full(len(feature_names(bin_width)) // PARTS, np.nan)
    return _part(counts, bin_width)


def density_features(counts: Counts, bin_width: int) -> DensityFeatures:
    """(3, V) counts to (F,) numbers: by third, the histogram's shares, then `feature_names`' rest.

    bin_width: HU. A third without lung has the numbers of the whole lung; a scan without any lung
    has NaN throughout.
    """
    whole = counts.sum(axis=0)
    if not whole.any():
        return np.full(len(feature_names(bin_width)), np.nan)
    return np.concatenate([_part(part if part.any() else whole, bin_width) for part in counts])


def _part(counts: Counts, bin_width: int) -> DensityFeatures:
    total = counts.sum()
    mean = float(counts @ _VALUES / total)
    spread = float(np.sqrt(counts @ (_VALUES - mean) ** 2 / total))
    below = np.concatenate([[0], np.cumsum(counts)])[_limits(bin_width) - HU_LOW]
    shares = (below[:, 1] - below[:, 0]) / total
    # In thousands of HU, so that all numbers are of one size.
    return np.array([*shares, mean / 1000, spread / 1000], np.float64)


_VALUES = np.arange(HU_LOW, HU_HIGH + 1)


@cache
def _limits(bin_width: int) -> NDArray[np.int64]:
    """(N, 2) lower and upper HU of each bin and each range."""
    return np.array([*itertools.pairwise(_edges(bin_width)), *_ranges()])


def _edges(bin_width: int) -> list[int]:
    return [*range(HU_LOW, HU_HIGH, bin_width), HU_HIGH + 1]


def _ranges() -> list[tuple[int, int]]:
    return [*itertools.pairwise(AERATION), HIGH_ATTENUATION, WELL_AERATED]


def feature_names(bin_width: int) -> list[str]:
    """What each number of `density_features` is, in its order."""
    bins = [f"share {low} to {high} HU" for low, high in itertools.pairwise(_edges(bin_width))]
    ranges = [f"share {low} to {high} HU (range)" for low, high in _ranges()]
    one = [*bins, *ranges, "mean density", "standard deviation"]
    thirds = ("upper third", "middle third", "lower third")
    return [f"{third}: {name}" for third in thirds for name in one]
