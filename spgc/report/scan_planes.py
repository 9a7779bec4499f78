"""Three planes through a scan, axial, coronal and sagittal, all drawn at one scale in mm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spgc.contract.volumes import VolumeBox
from spgc.ct.plausible import Spacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

NAMES = ("axial", "coronal", "sagittal")
"""By the axis that stands still: z, y, x."""

UNITS = ("slice", "row", "column")
"""What the voxels of each axis are called."""

LETTERS = (("R", "L"), ("R", "L"), ("A", "P"))
"""At the left and the right edge: the patient's sides; front and back in the sagittal plane."""

FRAME_COLOUR = "#56b4e9"
"""Of the part that a network is given; told apart by every kind of colour vision, and dashed."""

WIDTH = 6.9
"""Inches of three panels together."""

_TALLEST = 3.2
"""Inches of a row; planes of long scans are drawn smaller."""

_GAP = 0.25
"""Inches between panels."""


@dataclass(frozen=True)
class ScanPlane:
    """The voxels `index` of `axis` of a volume (z, y, x): rows and columns are the axes left."""

    axis: int
    index: int

    @property
    def name(self) -> str:
        return NAMES[self.axis]

    @property
    def letters(self) -> tuple[str, str]:
        """Of the patient's sides at the left and right edge."""
        return LETTERS[self.axis]

    @property
    def sides(self) -> tuple[int, int]:
        """Axes of the rows and of the columns."""
        rows, columns = (axis for axis in range(3) if axis != self.axis)
        return rows, columns

    def place(self, shape: Sequence[int]) -> str:
        """`slice 71 of 133`, from 1."""
        return f"{UNITS[self.axis]} {self.index + 1} of {shape[self.axis]}"

    def cut(self, volume: NDArray[Any]) -> NDArray[Any]:
        """The plane (rows, columns) of a volume (z, y, x)."""
        return np.asarray(volume.take(self.index, axis=self.axis))

    def voxels(self, shape: Sequence[int]) -> tuple[NDArray[np.int_], ...]:
        """For each axis the voxels that it shows, of a volume of `shape`."""
        return tuple(
            np.array([self.index]) if axis == self.axis else np.arange(count)
            for axis, count in enumerate(shape)
        )

    def size_mm(self, shape: Sequence[int], spacing: Spacing) -> tuple[float, float]:
        """Width and height."""
        rows, columns = self.sides
        return shape[columns] * spacing[columns], shape[rows] * spacing[rows]

    def aspect(self, spacing: Spacing) -> float:
        """Height of a voxel by its width; spacing: mm (z, y, x)."""
        rows, columns = self.sides
        return spacing[rows] / spacing[columns]

    def frame(self, box: VolumeBox) -> tuple[tuple[float, float], float, float]:
        """The corner of a box with the lowest numbers, its width and height, as images have it."""
        rows, columns = self.sides
        corner = box.low[columns] - 0.5, box.low[rows] - 0.5
        return corner, box.high[columns] - box.low[columns], box.high[rows] - box.low[rows]


def planes_through(voxel: Sequence[int]) -> list[ScanPlane]:
    """The three planes that meet in a voxel (z, y, x)."""
    return [ScanPlane(axis, int(index)) for axis, index in enumerate(voxel)]


def row_inches(shape: Sequence[int], spacing: Spacing) -> float:
    """Height of a row of the three planes of a volume."""
    sizes = [plane.size_mm(shape, spacing) for plane in planes_through((0, 0, 0))]
    width = sum(wide for wide, _ in sizes)
    return min((WIDTH - 2 * _GAP) * max(high for _, high in sizes) / width, _TALLEST)


def width_ratios(shape: Sequence[int], spacing: Spacing) -> list[float]:
    """Of the three panels of a row: with them all planes have one scale."""
    return [plane.size_mm(shape, spacing)[0] for plane in planes_through((0, 0, 0))]


def plane_panels(part: Figure | SubFigure, rows: int, ratios: Sequence[float]) -> list[list[Axes]]:
    """Rows of three panels without axes."""
    places = part.subplots(rows, 3, squeeze=False, width_ratios=list(ratios))
    for place in places.ravel():
        place.set_axis_off()
    return [list(row) for row in places]


def draw_frame(place: Axes, plane: ScanPlane, box: VolumeBox) -> None:
    """The outline of a box, as far as it lies in the panel."""
    from matplotlib.patches import Rectangle

    corner, width, height = plane.frame(box)
    limits = place.get_xlim(), place.get_ylim()
    line = Rectangle(
        corner, width, height, fill=False, edgecolor=FRAME_COLOUR, linewidth=0.9, linestyle="--"
    )
    place.add_patch(line)
    place.set(xlim=limits[0], ylim=limits[1])  # a box may reach beyond the scan


def draw_cuts(place: Axes, plane: ScanPlane, voxel: Sequence[int]) -> None:
    """Short marks at the edges where the two other planes cut this one."""
    rows, columns = plane.sides
    for start, end in ((0.0, 0.04), (0.96, 1.0)):
        for draw, at in ((place.axvline, voxel[columns]), (place.axhline, voxel[rows])):
            draw(at, start, end, color="black", linewidth=2.0)
            draw(at, start, end, color="white", linewidth=1.0)
