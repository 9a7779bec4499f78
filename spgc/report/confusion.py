"""Pictures of confusion matrices (rows: true class): counts, over shares of the row as colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spgc.report.pictures import fitting, verbatim
from spgc.scoring.printed import hundredfold
from spgc.text.synthetic import SYNTHETIC

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from spgc.scoring.counts import Confusion
    from spgc.scoring.group import GroupScore

DARK_FROM = 0.55
"""Share of a row from which a cell is dark enough for white text."""

_PLAIN, _CELL = 4, 0.6
"""Most classes that the usual size has room for, and inches of each one more."""


def confusion_figure(groups: Sequence[GroupScore]) -> Figure:
    """One matrix per group, true classes down, predicted classes across.

    Cells show scans and their share of the true class; colour follows the share. A class without
    scans shows a dash. Synthetic groups say so in their title.
    """
    marks = [f"{SYNTHETIC} phantoms\n" if group.synthetic else "" for group in groups]
    named = [(mark + verbatim(g.name), g.confusion) for mark, g in zip(marks, groups, strict=True)]
    return matrices_figure(named, columns=len(groups), classes=groups[0].challenge.names)


def matrices_figure(
    matrices: Sequence[tuple[str, Confusion]],
    columns: int,
    heading: str = "",
    *,
    classes: Sequence[str],
) -> Figure:
    """Named matrices in rows of `columns`; cells as in `confusion_figure`, `heading` above all."""
    from matplotlib.figure import Figure

    rows = -(-len(matrices) // columns)
    wider = max(0.0, _CELL * (len(classes) - _PLAIN))
    size = ((3.5 + wider) * columns, (3.6 + wider) * rows)
    figure = Figure(figsize=size, dpi=150, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for place in axes.ravel()[len(matrices) :]:
        place.set_axis_off()
    for place, (name, confusion) in zip(axes.ravel(), matrices, strict=False):
        _draw(place, confusion, classes)
        right, all_ = confusion.accuracy.hits, confusion.total
        place.set_title(fitting(f"{name}: {right}/{all_} correct", 3.0, 10), fontsize=10)
    for place in axes[:, 0]:
        place.set_ylabel("true class")
    if heading:
        figure.suptitle(fitting(heading, 3.4 * columns, 11), fontsize=11)
    return figure


def _draw(place: Axes, confusion: Confusion, classes: Sequence[str]) -> None:
    shares = [[count / sum(row) if sum(row) else 0.0 for count in row] for row in confusion.counts]
    place.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for y, row in enumerate(confusion.counts):
        for x, count in enumerate(row):
            text = f"{count}\n{hundredfold(shares[y][x]):.0f} %" if sum(row) else "–"
            colour = "white" if shares[y][x] > DARK_FROM else "black"
            place.text(x, y, text, ha="center", va="center", color=colour, fontsize=10)
    if len(classes) > _PLAIN:
        place.set_xticks(range(len(classes)), classes, rotation=90)
    else:
        place.set_xticks(range(len(classes)), classes)
    place.set_yticks(range(len(classes)), classes)
    place.set_xlabel("predicted class")
    place.tick_params(length=0)
