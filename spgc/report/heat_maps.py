"""Figures of heat maps: slice, lungs, then one map for each slice classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spgc.protocol import CLASSES
from spgc.report.contact_sheets import LUNG_WINDOW, mark_sides
from spgc.report.heat_panels import (
    HOTTEST,
    grey,
    heat_scale,
    hottest_line,
    in_its_scale,
    mask_counts,
    measures,
    measures_key,
    shaded,
)
from spgc.report.pictures import caption, fitting, synthetic_mark, verbatim

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from spgc.explain.classifier_map import ClassifierMap
    from spgc.explain.explained_slice import ExplainedSlice

COLUMNS = 3
"""Panels in a row, or as many as there are."""

_PANEL = 2.3
"""Inches; where there are fewer than `COLUMNS` they share the same width."""


def heat_map_figure(explained: Sequence[ExplainedSlice], heading: str = "") -> Figure:
    """A block for each slice: input, segmented lungs, and the maps, up to three panels in a row.

    Without the lungs where the system asks for none. Patient's right at the left. The figure
    belongs to no window; save it with `figure.savefig`.
    """
    from matplotlib.figure import Figure

    panels = [len(_pictures(one)) + len(one.maps) for one in explained]
    columns = min(COLUMNS, max(panels))
    rows = [-(-count // columns) for count in panels]
    heights = [count * (_PANEL * COLUMNS / columns + 0.45) + 0.25 for count in rows]
    marks = synthetic_mark(
        any(one.case.synthetic for one in explained), any(one.synthetic for one in explained)
    )
    top = [line for line in (marks, heading) if line]
    size = COLUMNS * _PANEL + 0.75, sum(heights) + 0.5 + 0.17 * len(top)
    figure = Figure(figsize=size, dpi=200, layout="constrained")
    figure.suptitle("\n".join(top), fontsize=10)
    caption(figure, _caption(explained))
    parts = figure.subfigures(len(rows), 1, height_ratios=heights, squeeze=False).ravel()
    for part, one, count in zip(parts, explained, rows, strict=True):
        _block(part, one, count, columns)
    return figure


def _caption(explained: Sequence[ExplainedSlice]) -> str:
    settings = explained[0].settings
    lungs = any(one.mask is not None for one in explained)
    dashed = ", the dashed one the lungs" if lungs else ""
    return (
        f"RISE, {mask_counts(each.maps for each in explained)} masks of "
        f"{settings.cells} × {settings.cells} cells. Each map has its own "
        f"scale; the solid line holds its hottest {100 * HOTTEST:.0f} % of the picture{dashed}.\n"
        f"{measures_key(lungs, 'picture')}"
    )


def _block(part: SubFigure, one: ExplainedSlice, rows: int, columns: int) -> None:
    title = fitting(_title(one), COLUMNS * _PANEL + 0.75, 8.5)
    part.suptitle(title, fontsize=8.5, x=0.02, ha="left")
    places = part.subplots(rows, columns, squeeze=False).ravel()
    for place in places:
        place.set_axis_off()
    aspect = one.pixel_mm[0] / one.pixel_mm[1]
    pictures = _pictures(one)
    for place, (name, image) in zip(places, pictures.items(), strict=False):
        grey(place, image, aspect)
        if one.sides:
            mark_sides(place)
        place.set_title(name, fontsize=7.5, pad=3)
    for place, found in zip(places[len(pictures) :], one.maps, strict=False):
        _map(place, one, found, aspect)
    heat_scale(part, list(places), one.target)


def _pictures(one: ExplainedSlice) -> dict[str, NDArray[np.int16]]:
    """What stands before the maps, (H, W) HU by name."""
    if one.mask is None:
        return {"input": one.hu}
    outside = np.int16(LUNG_WINDOW[0] - LUNG_WINDOW[1])
    return {"input": one.hu, "segmented lungs": np.where(one.mask, one.hu, outside)}


def _title(one: ExplainedSlice) -> str:
    infected = {True: ", labelled infected", False: ", labelled uninfected", None: ""}
    known = f"{one.case.label or 'class unknown'}{infected[one.case.is_infected(one.index)]}"
    return (
        f"{verbatim(one.case.case_id)} ({known}), slice {one.index + 1} of {one.count}: "
        f"evidence for {CLASSES[one.target]}"
    )


def _map(place: Axes, one: ExplainedSlice, found: ClassifierMap, aspect: float) -> None:
    """A map over its slice."""
    scaled = np.clip(_enlarged(in_its_scale(found.rise.values), one.hu.shape), 0, 1)
    shaded(place, one.hu, scaled, aspect)
    if one.mask is not None and one.mask.any():
        place.contour(one.mask, levels=[0.5], colors="white", linewidths=0.7, linestyles="dashed")
    if np.ptp(found.rise.values) > 0:
        hottest_line(place, scaled, float(np.quantile(scaled, 1 - HOTTEST)))
    place.set_title(measures(found), fontsize=6.5, pad=3)


def _enlarged(values: NDArray[np.float64], size: tuple[int, ...]) -> NDArray[np.float64]:
    """A square map at the size of its slice, bilinear between the centres of its pixels."""
    from scipy.ndimage import affine_transform

    scale = np.array(values.shape) / np.array(size)
    return np.asarray(
        affine_transform(values, scale, (scale - 1) / 2, size, order=1, mode="nearest"),
        np.float64,
    )
