"""The confusion matrix as a picture: counts first, shares by row behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spgc.protocol import CLASSES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from spgc.scoring.counts import Confusion
    from spgc.scoring.group import GroupScore

DARK_FROM = 0.55
"""Share of a row from which a cell is dark enough for white text."""


def confusion_figure(groups: Sequence[GroupScore]) -> Figure:
    """One matrix per group, true classes down, predicted classes across.

    Cells show scans and their share of the true class; colour follows the share. A class without
    scans shows a dash. Synthetic groups say so in their title.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.5 * len(groups), 3.6), dpi=150, layout="constrained")
    axes = figure.subplots(1, len(groups), squeeze=False).ravel()
    for place, group in zip(axes, groups, strict=True):
        _draw(place, group.confusion)
        right, all_ = group.confusion.accuracy.hits, group.confusion.total
        mark = "SYNTHETIC phantoms\n" if group.synthetic else ""
        place.set_title(f"{mark}{group.name}: {right}/{all_} right", fontsize=10)
    axes[0].set_ylabel("true class")
    return figure


def _draw(place: Axes, confusion: Confusion) -> None:
    shares = [[count / sum(row) if sum(row) else 0.0 for count in row] for row in confusion.counts]
    place.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for y, row in enumerate(confusion.counts):
        for x, count in enumerate(row):
            text = f"{count}\n{100 * shares[y][x]:.0f} %" if sum(row) else "–"
            colour = "white" if shares[y][x] > DARK_FROM else "black"
            place.text(x, y, text, ha="center", va="center", color=colour, fontsize=10)
    place.set_xticks(range(len(CLASSES)), CLASSES)
    place.set_yticks(range(len(CLASSES)), CLASSES)
    place.set_xlabel("predicted class")
    place.tick_params(length=0)
