"""What a network of whole scans is given: planes of the scan, and of the volume made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spgc.contract.volumes import VolumeBox
from spgc.ct.bits import Mask
from spgc.ct.plausible import Spacing
from spgc.report.contact_sheets import OUTLINE_COLOUR, mark_sides
from spgc.report.heat_panels import grey
from spgc.report.pictures import caption, fitting
from spgc.report.scan_planes import (
    UNITS,
    WIDTH,
    ScanPlane,
    draw_frame,
    plane_panels,
    planes_through,
    row_inches,
    width_ratios,
)
from spgc.text.purpose import PURPOSE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class NetworkView:
    """A scan beside what networks are given of it.

    hu, mask: (S, H, W), mask None where the system asks for no lungs; spacing: mm of the scan.
    volume: (C, D, H, W), of which the first `pictures` channels are pictures and the others masks;
    box: the part of the scan that it shows; sides: whether the patient's right is known to be at
    the left.
    """

    hu: NDArray[np.int16]
    mask: Mask | None
    spacing: Spacing
    volume: NDArray[np.floating]
    box: VolumeBox
    pictures: int = 1
    sides: bool = True

    @property
    def grid(self) -> tuple[int, int, int]:
        """(D, H, W)"""
        _, depth, height, width = self.volume.shape
        return depth, height, width

    @property
    def box_mm(self) -> Spacing:
        """Lengths of the box (z, y, x)."""
        sides = zip(self.box.low, self.box.high, self.spacing, strict=True)
        z, y, x = ((high - low) * mm for low, high, mm in sides)
        return z, y, x

    @property
    def voxel_mm(self) -> Spacing:
        """Of the volume (z, y, x)."""
        z, y, x = (mm / count for mm, count in zip(self.box_mm, self.grid, strict=True))
        return z, y, x

    @property
    def middle(self) -> tuple[int, ...]:
        """The voxel of the scan in the middle of the box, or the nearest to it."""
        sides = zip(self.box.low, self.box.high, self.hu.shape, strict=True)
        return tuple(int(np.clip((low + high) / 2, 0, count - 1)) for low, high, count in sides)

    def words(self) -> str:
        """Grid, voxels, values and box, in a sentence or two."""
        masks = len(self.volume) - self.pictures
        channels = f"{self.pictures} picture{'s' * (self.pictures != 1)}"
        channels += f" and {masks} mask{'s' * (masks != 1)}" if masks else ""
        picture = self.volume[: self.pictures]
        return (
            f"given: {channels} of {' × '.join(map(str, self.grid))} voxels, "
            f"{' × '.join(f'{mm:.3g}' for mm in self.voxel_mm)} mm each, values "
            f"{float(picture.min()):.3g} to {float(picture.max()):.3g}. Shown: {self._extent()}, "
            f"{' × '.join(f'{mm:.0f}' for mm in self.box_mm)} mm (head to feet, front to back, "
            "right to left)"
        )

    def _extent(self) -> str:
        """`slices 3 to 120 of 133, rows ...`: whole voxels, from 1."""
        sides = zip(UNITS, self.box.low, self.box.high, self.hu.shape, strict=True)
        return ", ".join(
            f"{unit}s {np.floor(low) + 1:.0f} to {np.ceil(high):.0f} of {count}"
            for unit, low, high, count in sides
        )


def network_view_figure(view: NetworkView, heading: str) -> Figure:
    """Two rows of axial, coronal and sagittal planes: the scan with the box, the network's volume.

    Lungs are outlined above, mask channels below. The figure belongs to no window; save it with
    `figure.savefig`.
    """
    from matplotlib.figure import Figure

    above = row_inches(view.hu.shape, view.spacing)
    below = row_inches(view.grid, view.voxel_mm)
    size = WIDTH, above + below + 1.5
    figure = Figure(figsize=size, dpi=150, facecolor="black", layout="constrained")
    figure.suptitle(fitting(heading, size[0], 10), color="white", fontsize=10)
    caption(figure, f"{view.words()}.\n{_key(view)} {PURPOSE}", colour="white")
    heights = (above + 0.3, below + 0.3)
    first, second = figure.subfigures(2, 1, squeeze=False, height_ratios=heights).ravel()
    for part in (first, second):
        part.set_facecolor("black")
    _scan_row(plane_panels(first, 1, width_ratios(view.hu.shape, view.spacing))[0], view)
    _volume_row(plane_panels(second, 1, width_ratios(view.grid, view.voxel_mm))[0], view)
    return figure


def _key(view: NetworkView) -> str:
    """What the lines are."""
    outlined = ["the lungs (above)"] if view.mask is not None else []
    outlined += ["the masks given (below)"] if len(view.volume) > view.pictures else []
    yellow = f"Yellow: {', '.join(outlined)}. " if outlined else ""
    return f"{yellow}Blue, dashed: the part of the scan that is shown below."


def _scan_row(places: list[Axes], view: NetworkView) -> None:
    for place, plane in zip(places, planes_through(view.middle), strict=True):
        grey(place, plane.cut(view.hu), plane.aspect(view.spacing))
        if view.mask is not None:
            _outline(place, plane.cut(view.mask))
        draw_frame(place, plane, view.box)
        _name(place, plane, f"{plane.name}, {plane.place(view.hu.shape)}", view.sides)


def _volume_row(places: list[Axes], view: NetworkView) -> None:
    picture = view.volume[0].astype(np.float32)
    middle = [count // 2 for count in view.grid]
    for place, plane in zip(places, planes_through(middle), strict=True):
        place.imshow(
            plane.cut(picture),
            cmap="gray",
            vmin=float(picture.min()),
            vmax=float(picture.max()),
            aspect=plane.aspect(view.voxel_mm),
            interpolation="antialiased",
        )
        for mask in view.volume[view.pictures :]:
            _outline(place, plane.cut(mask) >= (float(mask.min()) + float(mask.max())) / 2)
        draw_frame(place, plane, VolumeBox((0, 0, 0), view.grid))
        title = f"given, {plane.name}: {plane.index + 1} of {view.grid[plane.axis]}"
        _name(place, plane, title, view.sides)


def _outline(place: Axes, mask: NDArray[np.bool_]) -> None:
    if mask.any() and not mask.all():
        place.contour(mask, levels=[0.5], colors=OUTLINE_COLOUR, linewidths=0.8)


def _name(place: Axes, plane: ScanPlane, title: str, sides: bool) -> None:
    place.set_title(title, color="white", fontsize=7.5, pad=3)
    place.set_anchor("N")
    if sides:
        mark_sides(place, letters=plane.letters)
