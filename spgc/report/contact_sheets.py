"""Contact sheets: slices with the outline of the lungs, and where in the scan they lie."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan_parts import part_edges, part_of
from spgc.ct.bits import Mask
from spgc.protocol import GROUPS, REGIONS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LUNG_WINDOW = (-600, 1500)
"""HU centre and width of the usual lung window, for people to look at; networks never see it."""

OUTLINE_COLOUR = "#ffb000"
"""Told apart from grey by every kind of colour vision."""

REGION_COLOURS = ("#648fff", "#dc267f", "#785ef0", "#fe6100", "#009e73")
"""Regions 1 (head) to 5; told apart by every kind of colour vision, and numbered as well."""

_INCHES = 2.4


def lung_outline_figure(
    hu: NDArray[np.int16],
    masks: Mask,
    titles: Sequence[str],
    *,
    columns: int = 4,
    pixel_mm: tuple[float, float] = (1.0, 1.0),
    heading: str = "",
    places: Sequence[int] = (),
    areas_cm2: NDArray[np.float64] | None = None,
    sides: bool = True,
) -> Figure:
    """Contact sheet of slices in the lung window with the lungs outlined.

    hu: (N, H, W) int16; masks: (N, H, W) bool; titles: N; pixel_mm: (y, x) spacing.
    With `areas_cm2: (S,)`, the lung area of each slice of the scan, and `places`, the N indices
    of the slices shown, each slice is framed in its region's colour and a strip below shows the
    scan from head to feet with its 5 regions, 20 groups and the places shown.
    Patient's right at the left, as radiologists look at it; `sides` marks it R and L. The figure
    belongs to no window; save it with `figure.savefig`.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    columns = max(1, min(columns, len(hu)))
    rows = ceil(len(hu) / columns)
    top, strip = 0.4 if heading else 0.05, 0.0 if areas_cm2 is None else 1.3
    size = (max(columns * _INCHES, 4.8 if strip else 0), rows * (_INCHES + 0.25) + top + strip)
    layout = ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
    figure = Figure(figsize=size, dpi=110, facecolor="black", layout=layout)
    heights = [_INCHES + 0.25] * rows + ([strip] if strip else [])
    grid = figure.add_gridspec(len(heights), columns, height_ratios=heights)
    for number, (image, mask, title) in enumerate(zip(hu, masks, titles, strict=True)):
        place = figure.add_subplot(grid[number // columns, number % columns])
        colour = None
        if areas_cm2 is not None:
            colour = REGION_COLOURS[part_of(places[number], len(areas_cm2), REGIONS)]
        _draw(place, image, mask, title, pixel_mm[0] / pixel_mm[1], colour)
        if sides:
            mark_sides(place, 8)
    if areas_cm2 is not None:
        _draw_strip(figure.add_subplot(grid[rows, :]), areas_cm2, places)
    if heading:
        letters = int(size[0] * 72 / 5.8)  # of the size below
        figure.suptitle(fill(heading, letters), color="white", fontsize=10)
    return figure


def mark_sides(
    place: Axes, size: float = 6.5, height: float = 0.5, letters: tuple[str, str] = ("R", "L")
) -> None:
    """R and L at the edges of a slice, for the patient's right and left hand.

    size: in points; height: 0 at the lower edge, 1 at the upper; letters: of other planes.
    """
    box = {"facecolor": "black", "edgecolor": "none", "pad": 0.8, "alpha": 0.7}
    for letter, x, side in zip(letters, (0.015, 0.985), ("left", "right"), strict=True):
        place.text(
            x,
            height,
            letter,
            transform=place.transAxes,
            color="white",
            fontsize=size,
            ha=side,
            va="center",
            bbox=box,
        )


def place_title(index: int, count: int) -> str:
    """`slice 40 of 133 · region 2, group 6`; regions and groups count from the head, from 1."""
    region, group = part_of(index, count, REGIONS), part_of(index, count, GROUPS)
    return f"slice {index + 1} of {count} · region {region + 1}, group {group + 1}"


def _draw(
    place: Axes,
    image: NDArray[np.int16],
    mask: Mask,
    title: str,
    aspect: float,
    frame: str | None,
) -> None:
    centre, width = LUNG_WINDOW
    limits = centre - width / 2, centre + width / 2
    place.imshow(image, cmap="gray", vmin=limits[0], vmax=limits[1], aspect=aspect)
    if mask.any():
        place.contour(mask, levels=[0.5], colors=OUTLINE_COLOUR, linewidths=0.9)
    place.set_title(title, color="white", fontsize=7, pad=2)
    place.set_xticks([])
    place.set_yticks([])
    for edge in place.spines.values():
        edge.set_visible(frame is not None)
        edge.set_color(frame or "black")
        edge.set_linewidth(2)


def _draw_strip(place: Axes, areas_cm2: NDArray[np.float64], places: Sequence[int]) -> None:
    """Lung area from head to feet; regions as colours, groups as ticks, shown slices as lines."""
    from matplotlib.ticker import MaxNLocator

    count = len(areas_cm2)
    highest = max(float(areas_cm2.max()), 1.0)
    for region, colour in enumerate(REGION_COLOURS):
        # Boundaries stand between slices.
        start, stop = (edge - 0.5 for edge in part_edges(count, REGIONS)[region : region + 2])
        place.axvspan(start, stop, color=colour, alpha=0.35, linewidth=0)
        if stop > start:
            middle = (start + stop) / 2
            place.text(
                middle,
                0.86 * highest,
                f"region {region + 1}",
                color="white",
                ha="center",
                fontsize=7,
            )
    place.fill_between(range(count), areas_cm2, color="white", alpha=0.55, linewidth=0)
    for index in places:
        place.axvline(index, color=OUTLINE_COLOUR, linewidth=0.9)
    place.set_xlim(-0.5, count - 0.5)
    place.set_ylim(0, highest)
    edges = sorted({edge - 0.5 for edge in part_edges(count, GROUPS)})
    place.set_xticks(edges, minor=True)
    place.xaxis.set_major_locator(MaxNLocator(integer=True))
    place.xaxis.set_major_formatter(lambda index, _: f"{index + 1:.0f}")  # slices count from 1
    place.tick_params(axis="x", which="minor", length=5, colors="white")
    place.tick_params(axis="both", which="major", labelsize=7, colors="white", length=0)
    place.set_facecolor("black")
    place.set_ylabel("lung, cm²", color="white", fontsize=7)
    place.set_xlabel(
        "head → feet; ticks part the 20 groups, yellow lines are the slices above",
        color="white",
        fontsize=7,
    )
