"""Figures of heat maps in 3-D: three planes of the scan through the hottest place of each map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spgc.explain.volume_places import heat_at
from spgc.protocol import CLASSES
from spgc.report.contact_sheets import OUTLINE_COLOUR, mark_sides
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
from spgc.report.scan_planes import (
    WIDTH,
    ScanPlane,
    draw_cuts,
    draw_frame,
    plane_panels,
    planes_through,
    row_inches,
    width_ratios,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from spgc.explain.explained_volume import ExplainedVolume, VolumeMap


def volume_map_figure(one: ExplainedVolume) -> Figure:
    """A block for each network: three planes of the scan, and the same with the map over them.

    Patient's right at the left, head at the top. The figure belongs to no window; save it with
    `figure.savefig`.
    """
    from matplotlib.figure import Figure

    row = row_inches(one.hu.shape, one.spacing)
    heights = [2 * row + 1.0] * len(one.maps)
    marks = synthetic_mark(one.case.synthetic, one.synthetic)
    size = WIDTH + 0.75, sum(heights) + 0.75 + 0.17 * bool(marks)
    figure = Figure(figsize=size, dpi=200, layout="constrained")
    title = f"{verbatim(one.case.case_id)} ({one.case.label or 'class unknown'})"
    heading = fitting(f"{title}: evidence for {CLASSES[one.target]}", size[0], 10)
    figure.suptitle("\n".join(filter(None, (marks, heading))), fontsize=10)
    caption(figure, _caption(one))
    parts = figure.subfigures(len(heights), 1, squeeze=False).ravel()
    for part, found in zip(parts, one.maps, strict=True):
        _block(part, one, found)
    return figure


def _caption(one: ExplainedVolume) -> str:
    cells = " × ".join([str(one.settings.cells)] * 3)
    outlined = any(found.lungs is not None for found in one.maps)
    whose = "lungs" if one.mask is not None else "mask that the network is given"
    lungs = f" The thin line is the edge of the {whose}." if outlined else ""
    return (
        f"RISE in 3-D, {mask_counts([one.maps])} masks of {cells} cells. Each map has its own "
        f"scale; the thick line holds its hottest {100 * HOTTEST:.0f} % of what the network is "
        f"given, the dashed frame.{lungs} The planes meet in the hottest place; white marks at the "
        f"edges show where.\n{measures_key(outlined, 'volume')}"
    )


def _block(part: SubFigure, one: ExplainedVolume, found: VolumeMap) -> None:
    words = measures(found).split("\n")
    words.insert(1, f"reliability {found.rise.reliability:.2f}")
    part.suptitle(fitting(" · ".join(words), WIDTH + 0.75, 8.5), fontsize=8.5, x=0.02, ha="left")
    panels = plane_panels(part, 2, width_ratios(one.hu.shape, one.spacing))
    for plain, hot, plane in zip(*panels, planes_through(found.hottest), strict=True):
        grey(plain, plane.cut(one.hu), plane.aspect(one.spacing))
        _heat(plain, hot, one, found, plane)
        plain.set_title(f"{plane.name}, {plane.place(one.hu.shape)}", fontsize=7.5, pad=3)
    every = [place for row in panels for place in row]
    heat_scale(part, every, one.target)
    for place in every:
        place.set_anchor("N")  # the scale has centred them


def _heat(plain: Axes, hot: Axes, one: ExplainedVolume, found: VolumeMap, plane: ScanPlane) -> None:
    """The map over the plane in `hot`; lines in both panels."""
    heat = in_its_scale(found.rise.values)
    level = float(np.quantile(heat, 1 - HOTTEST))
    there = heat_at(heat, found.box, plane.voxels(one.hu.shape)).squeeze(plane.axis)
    shaded(hot, plane.cut(one.hu), there, plane.aspect(one.spacing))
    lungs = _lungs(one, found, plane)
    for place in (plain, hot):
        if lungs is not None and lungs.any():
            place.contour(lungs, levels=[0.5], colors=OUTLINE_COLOUR, linewidths=0.6)
        if np.ptp(heat) > 0 and np.nanmax(there) > level:
            hottest_line(place, np.nan_to_num(there), level)
        draw_frame(place, plane, found.box)
        draw_cuts(place, plane, found.hottest)
        if one.sides:
            mark_sides(place, letters=plane.letters)


def _lungs(one: ExplainedVolume, found: VolumeMap, plane: ScanPlane) -> NDArray[np.bool_] | None:
    """The lungs in a plane: the scan's, else the mask that the network is given, if any."""
    if one.mask is not None:
        return plane.cut(one.mask)
    if found.lungs is None:
        return None
    there = heat_at(found.lungs.astype(np.float64), found.box, plane.voxels(one.hu.shape))
    return np.asarray(np.nan_to_num(there.squeeze(plane.axis)) >= 0.5, bool)
