"""Figures of heat maps: slice, lungs, then one map for each slice classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spgc.protocol import CLASSES
from spgc.report.contact_sheets import LUNG_WINDOW, mark_sides
from spgc.report.pictures import caption, fitting, synthetic_mark, verbatim
from spgc.text.purpose import PURPOSE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from spgc.explain.explained_slice import ClassifierMap, ExplainedSlice

COLOURS = "cividis"
"""Rises evenly in lightness and is the same to every kind of colour vision, and in grey print."""

HOTTEST = 0.1
"""Share of the picture inside the solid line."""

COLUMNS = 3
"""Panels in a row, or as many as there are."""

_PANEL = 2.3
"""Inches; where there are fewer than `COLUMNS` they share the same width."""

_SHADE = 0.55
"""How dark the blackest pixel of the slice makes a map: structures stay visible, heat readable."""

TITLES = {
    "resnext50": "ResNeXt-50",
    "densenet161": "DenseNet-161",
    "inception_v3": "Inception-v3",
    "wide_resnet50": "Wide-ResNet-50",
}
"""As the paper writes them; other classifiers go by their own names."""


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
    used = [one.rise.masks for each in explained for one in each.maps]
    span = f"{min(used)}" if min(used) == max(used) else f"{min(used)} to {max(used)}"
    lungs = any(one.mask is not None for one in explained)
    dashed = ", the dashed one the lungs" if lungs else ""
    share = (
        " lungs: share of the map within the lungs, in brackets their share of the picture."
        if lungs
        else ""
    )
    return (
        f"RISE, {span} masks of {settings.cells} × {settings.cells} cells. Each map has its own "
        f"scale; the solid line holds its hottest {100 * HOTTEST:.0f} % of the picture{dashed}.\n"
        f"p: probability, in brackets with everything hidden.{share}\n"
        "ins, del: insertion and deletion AUC, in brackets random maps: ins should be higher, del "
        f"lower. {PURPOSE}"
    )


def _block(part: SubFigure, one: ExplainedSlice, rows: int, columns: int) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    title = fitting(_title(one), COLUMNS * _PANEL + 0.75, 8.5)
    part.suptitle(title, fontsize=8.5, x=0.02, ha="left")
    places = part.subplots(rows, columns, squeeze=False).ravel()
    for place in places:
        place.set_axis_off()
    aspect = one.pixel_mm[0] / one.pixel_mm[1]
    pictures = _pictures(one)
    for place, (name, image) in zip(places, pictures.items(), strict=False):
        _slice(place, image, aspect)
        if one.sides:
            mark_sides(place)
        place.set_title(name, fontsize=7.5, pad=3)
    for place, found in zip(places[len(pictures) :], one.maps, strict=False):
        _map(place, one, found, aspect)
    scale = ScalarMappable(Normalize(0, 1), COLOURS)
    bar = part.colorbar(scale, ax=list(places), fraction=0.02, pad=0.01, aspect=30)
    bar.set_ticks([0, 1], labels=["lowest", "highest"])
    bar.ax.tick_params(labelsize=6.5, length=2)
    bar.set_label(f"evidence for {CLASSES[one.target]}", fontsize=7)


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


def _slice(place: Axes, image: np.ndarray, aspect: float) -> None:
    centre, width = LUNG_WINDOW
    place.imshow(
        image,
        cmap="gray",
        vmin=centre - width / 2,
        vmax=centre + width / 2,
        aspect=aspect,
        interpolation="antialiased",
    )


def _map(place: Axes, one: ExplainedSlice, found: ClassifierMap, aspect: float) -> None:
    """A map over its slice; both outlines are told apart by their dashes."""
    import matplotlib

    values = found.rise.values
    low, span = values.min(), np.ptp(values)
    scaled = np.clip(_enlarged((values - low) / (span if span > 0 else 1.0), one.hu.shape), 0, 1)
    colours = matplotlib.colormaps[COLOURS](scaled)[..., :3]
    centre, width = LUNG_WINDOW
    light = np.clip((one.hu - (centre - width / 2)) / width, 0, 1)
    place.imshow(colours * (1 - _SHADE * (1 - light))[..., None], aspect=aspect)
    if one.mask is not None and one.mask.any():
        place.contour(one.mask, levels=[0.5], colors="white", linewidths=0.7, linestyles="dashed")
    if span > 0:
        level = float(np.quantile(scaled, 1 - HOTTEST))
        for colour, thickness in (("white", 2.2), ("black", 1.1)):  # seen on dark and on light
            place.contour(scaled, levels=[level], colors=colour, linewidths=thickness)
    place.set_title(_measures(found), fontsize=6.5, pad=3)


def _measures(found: ClassifierMap) -> str:
    def beside(name: str, value: float | None, other: float) -> str:
        return f"{name} {'–' if value is None else f'{value:.2f}'} ({other:.2f})"

    insertion, deletion = found.faithful.insertion, found.faithful.deletion
    share = found.lungs_share
    lungs = "" if share is None else f", {beside('lungs', found.share_in_lungs, share)}"
    title = TITLES.get(found.name, found.name)
    return (
        f"{title}{'' if found.rise.settled else ', not settled'}\n"
        f"{beside('p', found.probability, float(found.blank[found.rise.target]))}{lungs}\n"
        f"{beside('ins', insertion.area, insertion.random_mean)}, "
        f"{beside('del', deletion.area, deletion.random_mean)}"
    )


def _enlarged(values: NDArray[np.float64], size: tuple[int, ...]) -> NDArray[np.float64]:
    """A square map at the size of its slice, bilinear between the centres of its pixels."""
    from scipy.ndimage import affine_transform

    scale = np.array(values.shape) / np.array(size)
    return np.asarray(
        affine_transform(values, scale, (scale - 1) / 2, size, order=1, mode="nearest"),
        np.float64,
    )
