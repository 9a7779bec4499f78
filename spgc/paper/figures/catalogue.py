"""Which figures of the paper can be drawn, and what each needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from spgc.errors import UsageError
from spgc.paper.figures import heat, matrices, preprocessing, ranked_teams, segmentation
from spgc.paper.figures.figure_sources import Sources

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class PaperFigure:
    """One figure: what it shows, what it is made from, and the function that draws it."""

    number: str
    shows: str
    needs: str
    draw: Callable[[Sources], Figure]


_MATRICES = {
    "6": "confusion matrices, grey slices (Table 1)",
    "7": "confusion matrices, with lungs (Table 2)",
    "8": "confusion matrices, with augmentation (Table 3)",
    "9": "confusion matrices, multi-task (Table 4)",
    "10": "confusion matrix of scans (Table 5)",
}

_DATA, _MODEL = "--data", "--data, --model"

FIGURES = {
    figure.number: figure
    for figure in (
        PaperFigure(
            "1", "segmentation of infected slices", _DATA, segmentation.segmentation_figure
        ),
        PaperFigure("3", "preprocessing: the three channels", _DATA, preprocessing.channels_figure),
        PaperFigure("5", "the five regions of a scan", _DATA, preprocessing.regions_figure),
        *(
            PaperFigure(
                number,
                shows,
                f"--runs with {matrices.TABLES[number]}",
                partial(matrices.matrix_figure, number=number),
            )
            for number, shows in _MATRICES.items()
        ),
        PaperFigure(
            "11",
            "results of the three test sets",
            "--submission for a row of your own",
            ranked_teams.board_figure,
        ),
        PaperFigure("12", "where the segmentation fails", _DATA, segmentation.failures_figure),
        *(
            PaperFigure(
                number, f"heat maps, {label}", _MODEL, partial(heat.heat_figure, number=number)
            )
            for number, label in heat.LABELS.items()
        ),
    )
}
"""By number in the paper. Figures 2 and 4 are drawings of the method, not results."""


def figures_named(names: Sequence[str]) -> list[PaperFigure]:
    """The figures called `names`, such as 13 or figure13, in the order asked for.

    Raises UsageError for an unknown one.
    """
    found = []
    for name in names:
        number = name.strip().lower().removeprefix("figure").strip(" -_")
        if number not in FIGURES:
            raise UsageError(
                "unknown figure",
                found=repr(name),
                expected=" | ".join(FIGURES),
                do="spgc figure list tells what each shows",
            )
        found.append(FIGURES[number])
    return found
