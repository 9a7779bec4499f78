"""What a command prints of a result, part by part: the same for `print(result)` in Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from spgc.board.bounds import Bound
from spgc.board.own_board import Refused
from spgc.board.views import View
from spgc.report.board_tables import BoardTable, board_notes
from spgc.report.case_lines import case_lines, partial_words
from spgc.report.compare_tables import (
    bounds_notes,
    bounds_tables,
    flips_table,
    paired_table,
    settling_lines,
)
from spgc.report.honest_tables import honest_findings, honest_table, how_to_read
from spgc.report.score_tables import (
    confusion_table,
    measures_tables,
    name_text,
    paper_tables,
    score_table,
)
from spgc.scoring.paired import Comparison
from spgc.scoring.result import Score
from spgc.text.marked_answers import (
    TRAINING_UNKNOWN,
    chosen_by,
    filled_in,
    trained_on,
    transductive,
)
from spgc.text.printable import printable
from spgc.text.synthetic import SYNTHETIC_DATA


def score_parts(
    result: Score, *, full: bool = False, cases: bool = False
) -> Iterator[RenderableType]:
    """Marks, counts, matrices and measures, each case where `cases`, and the signature.

    full: the tables of each pooled set as well.
    """
    if result.synthetic:
        yield Text(SYNTHETIC_DATA, "bold yellow")
    if result.partial:
        yield Text(f"PARTIAL: {partial_words(result)}", "bold yellow")
    shown = result.groups if full else result.headline_groups
    yield score_table(result)
    yield confusion_table(shown)
    yield from measures_tables(shown)
    for line in (*(g.doubt for g in result.groups if g.doubt), *paper_tables(result.groups)):
        yield name_text(line, "dim")
    if cases:
        yield from case_lines(result.cases)
    yield Text(printable(str(result.signature)), no_wrap=True)


def score_marks(result: Score) -> Iterator[Text]:
    """Marks of the user's own labels, and of answers of no model, or of one that met the scans."""
    if result.signature.truth:
        yield Text("OWN TRUTH: scored on your own labels; never ranked with the published rows.")
    if result.trained_on:
        yield Text(trained_on(len(result.trained_on)))
    if result.training_unknown:
        yield Text(TRAINING_UNKNOWN)
    if result.chosen_by:
        yield Text(chosen_by(len(result.chosen_by)))
    if result.transductive:
        yield Text(transductive(len(result.transductive)))
    if result.filled_in:
        yield Text(filled_in(len(result.filled_in)))


def comparison_parts(result: Comparison, a: str, b: str) -> Iterator[RenderableType]:
    """Cases that flipped between the systems called `a` and `b`, the test, and what it settles."""
    if result.flips:
        yield flips_table(result, a, b)
    yield paired_table(result, a, b)
    yield from settling_lines(result, a, b)
    yield from map(name_text, result.marks)


def bounds_parts(bounds: Sequence[Bound], marks: Sequence[str] = ()) -> Iterator[RenderableType]:
    """One system against the published rows, what speaks against it, and how to read that."""
    yield from map(name_text, marks)
    yield from bounds_tables(bounds)
    yield from bounds_notes(bounds)


def refused_parts(refused: Sequence[Refused]) -> Iterator[Text]:
    """Systems that have no row on a board of the user's own, and why."""
    for one in refused:
        yield Text(printable(f"refused {one.file}: {one.error}"))


def board_parts(views: Sequence[View]) -> Iterator[RenderableType]:
    """Tables of the leaderboard with their notes."""
    for view in views:
        if view.ranked:
            yield BoardTable(view.set_name, view.ranked)
        if view.later:
            yield BoardTable(view.set_name, view.later, ranks=False)
        for note in board_notes(view):
            yield Text(note, "dim")
        if view.honest:
            yield honest_table(view.honest)
            for finding in honest_findings(view.honest):
                yield Text(printable(finding))
    if any(view.honest for view in views):
        for note in how_to_read(own=any(view.own for view in views)):
            yield Text(note, "dim")
