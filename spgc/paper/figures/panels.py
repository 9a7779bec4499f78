"""Slices in rows and columns, as most of the paper's figures are built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spgc.report.contact_sheets import LUNG_WINDOW, mark_sides
from spgc.report.pictures import caption as below
from spgc.report.pictures import fitting, synthetic_mark
from spgc.text.purpose import PURPOSE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL = 2.3
"""Inches of a panel: three of them span a page's text."""

BLACK = LUNG_WINDOW[0] - LUNG_WINDOW[1] // 2
"""HU that are drawn black."""


def sheet(
    rows: int, columns: int, *, synthetic: bool, caption: str = "", gap: float = 0.04
) -> tuple[Figure, NDArray[Any]]:
    """An empty figure and its axes (rows, columns), marked where it shows phantoms."""
    from matplotlib.figure import Figure

    size = columns * PANEL + 0.2, rows * (PANEL + gap) + 0.35 + 0.2 * synthetic
    figure = Figure(figsize=size, dpi=200, layout="constrained")
    if synthetic:
        figure.suptitle(synthetic_mark(synthetic), fontsize=9)
    below(figure, f"{caption} {PURPOSE}".strip())
    axes = figure.subplots(rows, columns, squeeze=False)
    for place in axes.ravel():
        bare(place)
    return figure, axes


def bare(place: Axes) -> None:
    """No ticks and no frame."""
    place.set_xticks([])
    place.set_yticks([])
    for edge in place.spines.values():
        edge.set_visible(False)


def draw_hu(place: Axes, hu: NDArray[Any], pixel_mm: tuple[float, float], *, sides: bool) -> None:
    """A slice in the lung window, (H, W) HU; `sides` marks the patient's right and left."""
    centre, width = LUNG_WINDOW
    place.imshow(
        hu,
        cmap="gray",
        vmin=centre - width / 2,
        vmax=centre + width / 2,
        aspect=pixel_mm[0] / pixel_mm[1],
        interpolation="antialiased",
    )
    if sides:
        mark_sides(place)


def draw_grey(
    place: Axes, image: NDArray[Any], pixel_mm: tuple[float, float], *, sides: bool
) -> None:
    """An image (H, W) or (H, W, 3) in [0, 1]; `sides` as in `draw_hu`."""
    place.imshow(
        image,
        cmap="gray",
        vmin=0,
        vmax=1,
        aspect=pixel_mm[0] / pixel_mm[1],
        interpolation="antialiased",
    )
    if sides:
        mark_sides(place)


def inside(hu: NDArray[np.int16], mask: NDArray[np.bool_]) -> NDArray[np.int16]:
    """The slice with everything outside the mask black."""
    return np.where(mask, hu, np.int16(BLACK))


def head(axes: NDArray[Any], titles: Sequence[str]) -> None:
    """Titles of the columns."""
    for place, title in zip(axes[0], titles, strict=True):
        place.set_title(title, fontsize=8, pad=4)


def side(place: Axes, text: str) -> None:
    """What a row shows, at its left."""
    place.set_ylabel(fitting(text, PANEL, 7), fontsize=7)
