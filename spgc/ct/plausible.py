"""Plausibility of HU values and of a spacing for a chest CT: one check for all readers.

HU are what they are because of the rescaling, and that is lost or wrong in many files. Such
values are still numbers that a network answers, so they are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from spgc.errors import SeriesError

AIR = -1024
"""HU of padding, and the least in a volume: scanners write -2000 and less outside their field."""

AIR_BELOW = -300
"""HU that some voxel of every chest CT lies below: without one, the values are not HU."""

TISSUE_UP_TO = 300
"""HU up to which, from `AIR_BELOW`, fat, muscle, blood and the marrow of bones lie."""

LEAST_TISSUE = 0.01
"""Least share of such voxels. Chests have 0.25 to 0.5; bone alone, which is left there when the
intercept was added twice, has at most 0.007 (five real series)."""

MOST_BRIGHT = 0.5
"""Largest share of voxels above `TISSUE_UP_TO` (bone, contrast, metal) of those above `AIR_BELOW`.
Five real series have 0.027 to 0.080; with a slope 1.5 to 10 times as large 0.81 to 0.95."""

METAL = 16_000
"""HU above which no tissue, contrast or stent lies."""

MOST_METAL = 0.01
"""Largest share of voxels above `METAL`: more are negative values read as unsigned."""

LEAST_MM = 0.05
"""Spacing below which a length is no mm: thinner than any scanner's pixels, metres, damage."""

MOST_SLICE_MM, MOST_PIXEL_MM = 500.0, 100.0
"""Spacing beyond which a length is no mm: slices a whole chest apart, pixels as large as a
kidney, micrometres, damage."""

MOST_WIDE, MOST_LONG = 1000.0, 3000.0
"""mm that a slice's edge and a scan can have at most: bores are up to 900 mm wide."""

LEAST_WIDE, USUAL_WIDE = 100.0, (150.0, 700.0)
"""mm: the narrowest field that a slice of the chest is reconstructed in (a targeted image of one
lung takes some 150), and those from which a note doubts it. Real series have 309 to 431 mm, bodies
up to 700 with the arms beside them."""

LEAST_PIXELS = 128
"""Rows and columns from which that holds: scanners make 256 to 2048. Less are pieces of slices."""

MOST_OBLONG = 1.5
"""How much longer than wide a pixel can be: scanners make square ones, resampling other ones."""

SAVE_AGAIN = "convert the volume to HU and save it again"

Spacing = tuple[float, float, float]
"""mm (z, y, x)"""


_DIGITS = 5
"""Decimals of a spacing in mm that mean anything."""


@dataclass
class HuCount:
    """Counts of voxels, before clipping, by what they can be."""

    voxels: int = 0
    air: int = 0
    tissue: int = 0
    bright: int = 0
    metal: int = 0
    low: float = float("inf")
    high: float = float("-inf")

    def add(self, values: NDArray[Any]) -> None:
        """Count an array of numbers; what lies below `AIR` is padding and proves nothing."""
        below = int(np.count_nonzero(values < AIR))
        dark = int(np.count_nonzero(values < AIR_BELOW))
        self.voxels += values.size
        self.air += dark - below
        upper = int(np.count_nonzero(values > TISSUE_UP_TO))
        self.tissue += values.size - upper - dark
        self.bright += upper
        self.metal += int(np.count_nonzero(values > METAL))
        self.low = min(self.low, float(values.min()))
        self.high = max(self.high, float(values.max()))

    def __iadd__(self, other: HuCount) -> Self:
        """Count what the other counted, too."""
        for name in ("voxels", "air", "tissue", "bright", "metal"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        return self

    def check(self, where: Path | None = None, do: str = SAVE_AGAIN) -> None:
        """Raise SeriesError when the values can't be HU of a chest."""
        if not self.air:
            lacking = "HU, with air near -1000"
        elif self.tissue < LEAST_TISSUE * self.voxels:
            lacking = "HU, with soft tissue near 0"
        elif self.bright > MOST_BRIGHT * (self.bright + self.tissue):
            lacking = f"HU, with most of the body below {TISSUE_UP_TO}"
        elif self.metal > MOST_METAL * self.voxels:
            lacking = f"HU, hardly any above {METAL}"
        else:
            return
        raise SeriesError(
            "volume is not in HU",
            where=where,
            found=f"values from {self.low:g} to {self.high:g}",
            expected=lacking,
            do=do,
        )


def without_noise(spacing: Spacing) -> Spacing:
    """The spacing without the digits in which DICOM, NIfTI and MetaImage differ for one volume.

    Positions are subtracted and headers hold 32-bit floats: 2.5 mm may be 2.4999999999999716 or
    2.5000002, and what is counted in slices or compared with a length would go by that.
    """
    z, y, x = (round(float(step), _DIGITS) for step in spacing)
    return z, y, x


def check_spacing(
    spacing: Spacing, shape: tuple[int, ...], where: Path | None = None
) -> tuple[str, ...]:
    """Notes on a (z, y, x) spacing and (S, H, W) that few chest CTs have.

    Raises SeriesError for one that none has in mm.
    """
    sizes = [step * count for step, count in zip(spacing, shape, strict=True)]
    most = (MOST_SLICE_MM, MOST_PIXEL_MM, MOST_PIXEL_MM)
    if not all(LEAST_MM <= step <= top for step, top in zip(spacing, most, strict=True)):
        expected = (
            f"{LEAST_MM:g} to {MOST_SLICE_MM:g} mm between slices, to {MOST_PIXEL_MM:g} mm in them"
        )
    elif sizes[0] > MOST_LONG or max(sizes[1:]) > MOST_WIDE:
        expected = f"a scan of at most {MOST_LONG:g} x {MOST_WIDE:g} x {MOST_WIDE:g} mm"
    elif min(shape[1:]) >= LEAST_PIXELS and min(sizes[1:]) < LEAST_WIDE:
        expected = f"slices at least {LEAST_WIDE:g} mm wide"
    elif max(spacing[1:]) > MOST_OBLONG * min(spacing[1:]):
        expected = f"pixels at most {MOST_OBLONG:g} times as long as wide"
    else:
        return _field_notes(shape[1:], sizes[1:])
    raise SeriesError(
        "spacing is not that of a chest CT",
        where=where,
        found=" x ".join(f"{step:g}" for step in spacing)
        + f" between {' x '.join(map(str, shape))} slices, rows and columns",
        expected=expected,
        do="give the spacing in mm",
    )


def _field_notes(pixels: tuple[int, ...], field: list[float]) -> tuple[str, ...]:
    low, high = USUAL_WIDE
    unusual = min(pixels) >= LEAST_PIXELS and not low <= min(field) <= max(field) <= high
    size = " x ".join(f"{edge:.0f}" for edge in field)
    return (f"slices of {size} mm: chests have {low:g} to {high:g} mm",) if unusual else ()
