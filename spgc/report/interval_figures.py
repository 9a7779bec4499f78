"""Figures of intervals: accuracies on a leaderboard, differences of two systems, ranges of p."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spgc.board.bounds import Bound
from spgc.board.ranking import Placed
from spgc.board.views import View
from spgc.report.board_tables import set_title, team_text
from spgc.report.compare_tables import bound_team, sorted_bounds
from spgc.report.pictures import caption, fitting, verbatim
from spgc.scoring.intervals import CONFIDENCE
from spgc.scoring.mcnemar import ALPHA
from spgc.scoring.paired import Comparison
from spgc.text.purpose import PURPOSE
from spgc.text.synthetic import SYNTHETIC, SYNTHETIC_DATA

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_OWN, _OTHER = "#2e7d32", "#0b5c8a"
_ROW, _REST = 0.28, 1.3
"""Inches of a row and of what stands around the rows of a panel."""


@dataclass(frozen=True)
class Whisker:
    """One row: a value, None where only its range is known, between the ends of its interval."""

    name: str
    value: float | None
    low: float
    high: float
    own: bool = False


def board_figure(views: Sequence[View]) -> Figure:
    """Accuracies with exact intervals, one panel per set, in the order of the tables."""
    panels = []
    for view in views:
        ranked = [_accuracy(placed) for placed in view.ranked]
        later = [_accuracy(placed, " (later)") for placed in view.later]
        panels.append((_title(view), [*ranked, *later]))
    synthetic = any(row.foreign == SYNTHETIC for view in views for row in view.rows)
    words = f"accuracy, %, with exact {100 * CONFIDENCE:.0f} % intervals"
    return _figure(panels, words, SYNTHETIC_DATA if synthetic else "")


def _title(view: View) -> str:
    return set_title(view.set_name, view.challenge, own=view.own)


def _accuracy(placed: Placed, mark: str = "") -> Whisker:
    row = placed.row
    rate = row.accuracy
    low, high = rate.exact or (0.0, 1.0)
    value = None if rate.value is None else 100 * rate.value
    return Whisker(f"{team_text(row)}{mark}", value, 100 * low, 100 * high, row.yours)


def difference_figure(result: Comparison, a: str, b: str) -> Figure:
    """Accuracy of `b` less that of `a` with its interval, one row per set."""
    rows = [
        Whisker(one.name, 100 * one.difference, 100 * one.interval[0], 100 * one.interval[1])
        for one in result.groups
    ]
    synthetic = any(group.synthetic for group in result.groups)
    words = f"difference in accuracy, points, with Tango's {100 * CONFIDENCE:.0f} % interval"
    return _figure([(f"{b} minus {a}", rows)], words, SYNTHETIC_DATA if synthetic else "", line=0.0)


def bounds_figure(bounds: Sequence[Bound]) -> Figure:
    """The exact McNemar p against every published row, or the range that it lies in."""
    panels = []
    for name in dict.fromkeys(bound.set_name for bound in bounds):
        inside = sorted_bounds(bounds, name)
        rows = [
            Whisker(
                f"{bound_team(one)} {one.theirs}/{one.patients}",
                one.lowest_p if one.lowest_p == one.highest_p else None,
                one.lowest_p,
                one.highest_p,
            )
            for one in inside
        ]
        panels.append((f"{name}: you have {inside[0].yours}/{inside[0].patients}", rows))
    return _figure(panels, "exact McNemar p, or its range", "", line=ALPHA)


def _figure(
    panels: Sequence[tuple[str, Sequence[Whisker]]],
    words: str,
    mark: str,
    line: float | None = None,
) -> Figure:
    from matplotlib.figure import Figure

    heights = [len(rows) * _ROW + _REST for _, rows in panels]
    figure = Figure(figsize=(7.2, sum(heights)), dpi=150, layout="constrained")
    axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for place, (title, rows) in zip(axes, panels, strict=True):
        _draw_rows(place, rows)
        place.set_title(fitting(verbatim(title), 6.8, 10), fontsize=10, loc="left")
        place.set_xlabel(words, fontsize=8)
        if line is not None:
            place.axvline(line, color="0.5", linewidth=0.8, linestyle="--")
    if mark:
        figure.suptitle(mark, fontsize=9)
    caption(figure, PURPOSE)
    return figure


def _draw_rows(place: Axes, rows: Sequence[Whisker]) -> None:
    for y, row in enumerate(rows):
        colour = _OWN if row.own else _OTHER
        place.plot([row.low, row.high], [y, y], color=colour, linewidth=1.5, marker="|")
        if row.value is not None:
            place.plot([row.value], [y], color=colour, marker="o", markersize=5)
    place.set_ylim(len(rows) - 0.5, -0.5)
    place.set_yticks(range(len(rows)), [verbatim(row.name) for row in rows], fontsize=8)
    place.tick_params(axis="x", labelsize=8)
    place.tick_params(axis="y", length=0)
    place.grid(axis="x", color="0.9")
    place.set_axisbelow(True)
