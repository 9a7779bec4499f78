"""Figure 11: the leaderboard of the three test sets, the user's row among the teams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from spgc.board.board_rows import BoardRow
from spgc.board.published_board import published_board
from spgc.challenge.spgc_challenge import SPGC
from spgc.errors import SubmissionError
from spgc.paper.figures.figure_sources import Sources
from spgc.protocol import CLASSES, OVERALL
from spgc.report.board_tables import team_text
from spgc.report.pictures import caption, verbatim
from spgc.text.purpose import PURPOSE
from spgc.text.synthetic import SYNTHETIC, marked_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from spgc.board.ranking import Placed

APART = 0.22
"""Of a row's height."""

LONGEST_NAME = 32
"""Letters of a team's name."""

MARKS = ("o", "s", "^")
COLOURS = ("#0072b2", "#d55e00", "#000000")
"""A mark of its own shape for each class, in colours that every colour vision tells apart."""


def board_figure(sources: Sources) -> Figure:
    """All teams of the challenge by rank: right scans with their interval, and the classes."""
    from spgc.board.views import make_views, your_rows
    from spgc.data.manifests import read_manifests

    yours = your_rows(sources.submissions, read_manifests(sources.manifests))
    if yours and not any(row.set_name == OVERALL for row in yours):
        raise SubmissionError(
            "Figure 11 shows the three test sets together",
            found=f"answers for {' and '.join(row.set_name for row in yours)}",
            expected="predictions for test1, test2 and test3",
            do="repeat --submission, one file for each set",
        )
    (view,) = make_views(published_board(SPGC), [OVERALL], yours)
    return draw_board(view.ranked)


def draw_board(placed: Sequence[Placed]) -> Figure:
    """Ranked rows of one set, the best at the top."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 0.27 * len(placed) + 1.6), dpi=200, layout="constrained")
    synthetic = any(entry.row.foreign == SYNTHETIC for entry in placed)
    mark = f"{marked_row(SYNTHETIC, 'phantoms', 'shaded')}\n" if synthetic else ""
    figure.suptitle(f"{mark}Accuracy on the three test sets", fontsize=9)
    overall, classes = figure.subplots(1, 2, sharey=True)
    for height, entry in enumerate(placed):
        _accuracy(overall, height, entry.row)
        _classes(classes, height, entry.row)
        if entry.row.yours:
            for place in (overall, classes):
                place.axhspan(height - 0.5, height + 0.5, color="0.88", zorder=0)
    names = [f"{entry.mark}  {verbatim(_short(team_text(entry.row)))}" for entry in placed]
    overall.set_yticks(range(len(placed)), names, fontsize=7)
    overall.set_ylim(len(placed) - 0.5, -0.5)
    overall.set_title("all classes, 95 % interval", fontsize=8)
    for place in (overall, classes):
        place.set_xlim(-2.5, 104)  # marks at 0 and 100 are whole
        place.set_xlabel("right, %", fontsize=7)
        place.tick_params(labelsize=7, length=2)
        place.grid(linewidth=0.4, color="0.8")
        place.set_axisbelow(True)
        place.spines[["top", "right"]].set_visible(False)
    for position, label in enumerate(CLASSES):
        classes.plot([], [], label=label, **_style(position))
    classes.legend(
        fontsize=6.5,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=len(CLASSES),
        frameon=False,
        handletextpad=0.2,
        borderpad=0.1,
    )
    caption(figure, _caption(placed))
    return figure


def _short(name: str) -> str:
    """A name that leaves room for the figure."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _caption(placed: Sequence[Placed]) -> str:
    text = "Shown: correct predictions of all scans. "
    if any(entry.row.answers for entry in placed):
        text += "*: from published predictions per scan. "
    if any(entry.row.doubt for entry in placed):
        text += "?: printed figures are inconsistent (spgc leaderboard audit). "
    if any(entry.row.yours for entry in placed):
        text += "▶, shaded, rank in brackets: scored here, leaves the teams' ranks as they are. "
    return text + PURPOSE


def _accuracy(place: Axes, height: int, row: BoardRow) -> None:
    rate, interval = row.accuracy, row.accuracy.exact
    value = 100 * (rate.value or 0.0)
    if interval:
        place.plot(
            [100 * interval[0], 100 * interval[1]],
            [height, height],
            color="0.55",
            linewidth=1.2,
            zorder=1,
        )
    place.plot(value, height, "D" if row.yours else "o", color="black", markersize=4.5)
    place.text(2, height, f"{rate.hits}/{rate.total}", fontsize=6.5, va="center")


def _classes(place: Axes, height: int, row: BoardRow) -> None:
    """Each class a little below the last, so that equal shares do not cover each other."""
    for position in range(len(CLASSES)):
        rate = row.sensitivity(position)
        if rate is not None and rate.value is not None:
            place.plot(100 * rate.value, height + (position - 1) * APART, **_style(position))


def _style(position: int) -> dict[str, Any]:
    colour = COLOURS[position]
    return {
        "marker": MARKS[position],
        "color": colour,
        "linestyle": "none",
        "markersize": 4,
        "markerfacecolor": "none" if position else colour,
    }
