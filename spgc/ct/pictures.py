"""Pictures of slices with the outline of the lungs."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spgc.ct.bits import Mask

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LUNG_WINDOW = (-600, 1500)
"""HU centre and width of the usual lung window, for people to look at; networks never see it."""

OUTLINE_COLOUR = "#ffb000"
"""Told apart from grey by every kind of colour vision."""

_INCHES = 2.4


def lung_outline_figure(
    hu: NDArray[np.int16],
    masks: Mask,
    titles: Sequence[str],
    *,
    columns: int = 4,
    pixel_mm: tuple[float, float] = (1.0, 1.0),
    heading: str = "",
) -> Figure:
    """Contact sheet of slices in the lung window with the lungs outlined.

    hu: (N, H, W) int16; masks: (N, H, W) bool; titles: N; pixel_mm: (y, x) spacing.
    Patient's right at the left, as radiologists look at it. The figure belongs to no window;
    save it with `figure.savefig`.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    columns = max(1, min(columns, len(hu)))
    rows = ceil(len(hu) / columns)
    top = 0.4 if heading else 0.05
    size = (columns * _INCHES, rows * (_INCHES + 0.25) + top)
    layout = ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
    figure = Figure(figsize=size, dpi=110, facecolor="black", layout=layout)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for place in axes:
        place.set_axis_off()
    for place, image, mask, title in zip(axes, hu, masks, titles, strict=False):
        _draw(place, image, mask, title, pixel_mm[0] / pixel_mm[1])
    if heading:
        figure.suptitle(heading, color="white", fontsize=10)
    return figure


def _draw(place: Axes, image: NDArray[np.int16], mask: Mask, title: str, aspect: float) -> None:
    centre, width = LUNG_WINDOW
    limits = centre - width / 2, centre + width / 2
    place.imshow(image, cmap="gray", vmin=limits[0], vmax=limits[1], aspect=aspect)
    if mask.any():
        place.contour(mask, levels=[0.5], colors=OUTLINE_COLOUR, linewidths=0.9)
    place.set_title(title, color="white", fontsize=8, pad=2)
