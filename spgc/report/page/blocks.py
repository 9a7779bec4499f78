"""Parts of the pages by themselves, for notebooks: everything escaped, nothing that runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from spgc.board.bounds import Bound
from spgc.board.own_board import Refused
from spgc.board.views import View
from spgc.challenge.definition import Challenge
from spgc.disclosure.advice import advice
from spgc.disclosure.budget import Budget
from spgc.report.board_tables import board_notes, has_intervals, rank_range, set_title, team_text
from spgc.report.compare_tables import (
    BOUNDS_COLUMNS,
    PAIRED_NUMBERS,
    bound_cells,
    bounds_notes,
    bounds_title,
    flip_cells,
    flips_title,
    paired_cells,
    settling_lines,
    sorted_bounds,
)
from spgc.report.disclosure_tables import (
    LADDER_COLUMNS,
    LADDER_TITLE,
    budget_columns,
    budget_notes,
    budget_rows,
    budget_title,
    ladder_rows,
)
from spgc.report.honest_tables import (
    HONEST_ALIGN,
    HONEST_COLUMNS,
    honest_cells,
    honest_findings,
    honest_title,
    how_to_read,
)
from spgc.report.page.render import render
from spgc.report.problem_lines import headline, problem_cells
from spgc.report.result_parts import refused_parts, score_marks
from spgc.report.score_tables import measures_of
from spgc.scoring.paired import Comparison
from spgc.scoring.result import Score
from spgc.submissions.validate import ValidationReport
from spgc.text.synthetic import SYNTHETIC_DATA


@dataclass(frozen=True)
class CellTable:
    """A plain table of texts; words: columns that hold words and stand at the left."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: Collection[int] = (0,)


def score_block(result: Score) -> str:
    """A score as in a run's report: counts, classes, measures, matrices, signature."""
    return block(
        warnings=[
            *synthetic_warning(result.synthetic),
            *(mark.plain for mark in score_marks(result)),
        ],
        score=result,
        challenge=result.challenge,
        notes=[group.doubt for group in result.groups if group.doubt],
        signature=str(result.signature),
    )


def board_block(views: Sequence[View], refused: Sequence[Refused] = ()) -> str:
    """Tables of the leaderboard as on its page, which sort nothing here."""
    own = any(view.own for view in views)
    notes = [note for view in views for note in board_notes(view)]
    return block(
        warnings=[part.plain for part in refused_parts(refused)],
        views=views,
        challenge=views[0].challenge if views else None,
        titles=[set_title(v.set_name, v.challenge, own=v.own) for v in views],
        notes=[*notes, *(how_to_read(own=own) if any(view.honest for view in views) else ())],
    )


def comparison_block(result: Comparison, a: str, b: str) -> str:
    """Cases that flipped, and the test, as `spgc compare` prints them."""
    flips = CellTable(
        flips_title(result),
        ("Case", "Set", "True class", a, b, "Correct"),
        [flip_cells(flip, a, b) for flip in result.flips],
        range(6),
    )
    numbers = ("Set", "Scans", a, b, f"only {a}", f"only {b}", *PAIRED_NUMBERS)
    test = CellTable(
        f"{b} minus {a}, exact McNemar test", numbers, [paired_cells(g) for g in result.groups]
    )
    return block(
        warnings=synthetic_warning(any(group.synthetic for group in result.groups)),
        tables=[flips, test] if result.flips else [test],
        notes=[*(line.plain for line in settling_lines(result, a, b)), *result.marks],
    )


def bounds_block(bounds: Sequence[Bound], marks: Sequence[str] = ()) -> str:
    """One system against every published row, as `spgc compare FILE` prints it."""
    return block(
        tables=[
            CellTable(
                bounds_title(rows[0]), BOUNDS_COLUMNS, [bound_cells(row) for row in rows], (0, 5, 6)
            )
            for name in dict.fromkeys(bound.set_name for bound in bounds)
            if (rows := sorted_bounds(bounds, name))
        ],
        notes=[*marks, *(note.plain for note in bounds_notes(bounds))],
    )


def validation_block(report: ValidationReport) -> str:
    """The verdict on a file, and its problems."""
    title = headline(report).plain
    rows = list(problem_cells(report))
    table = CellTable(title, ("Severity", "Where", "Problem"), rows, range(3))
    return block(tables=[table] if rows else [], notes=[] if rows else [title])


def budget_block(budget: Budget) -> str:
    """What scores give away, and advice, as `spgc challenge budget` prints them."""
    table = CellTable(budget_title(budget), budget_columns(budget), budget_rows(budget))
    return block(tables=[table], notes=[*budget_notes(budget), *advice(budget)])


def ladder_block(names: Sequence[str], scores: Sequence[int | None]) -> str:
    """What the ladder shows for each submission."""
    return block(tables=[CellTable(LADDER_TITLE, LADDER_COLUMNS, ladder_rows(names, scores))])


def synthetic_warning(synthetic: bool) -> list[str]:
    """The sentence that marks phantoms, where there are some."""
    return [SYNTHETIC_DATA] if synthetic else []


def block(challenge: Challenge | None = None, **content: Any) -> str:
    """What `blocks.html.j2` makes of the content; what is not named is empty.

    challenge: of a score or of views.
    """
    empty: dict[str, Any] = {
        "warnings": (),
        "score": None,
        "views": (),
        "titles": (),
        "tables": (),
        "notes": (),
        "signature": None,
    }
    return render(
        "blocks.html.j2",
        **(empty | content),
        classes=challenge.names if challenge else (),
        measures=measures_of(challenge) if challenge else {},
        team=team_text,
        has_intervals=has_intervals,
        rank_range=rank_range,
        honest_cells=honest_cells,
        honest_findings=honest_findings,
        honest_title=honest_title,
        honest_columns=list(zip(HONEST_COLUMNS, HONEST_ALIGN, strict=True)),
    )
