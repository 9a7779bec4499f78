"""The leaderboard as Markdown, LaTeX and CSV: the same cells as in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spgc.board.ranking import Placed
from spgc.board.views import View
from spgc.challenge.definition import Challenge
from spgc.files.csv_text import csv_text, no_formula
from spgc.report.board_tables import (
    LATER_TITLE,
    board_heading,
    board_notes,
    measured_on,
    rank_range,
    set_title,
    team_text,
)
from spgc.report.honest_tables import (
    HONEST_ALIGN,
    HONEST_COLUMNS,
    HOW_TITLE,
    honest_cells,
    honest_findings,
    honest_title,
    how_to_read,
)
from spgc.scoring.printed import ABSENT, hits, percent, percent_range
from spgc.text.latex import latex, latex_file, latex_table
from spgc.text.markdown import item, plain

_COLUMNS = ("#", "# 95%", "Team", "Accuracy", "%", "95% CI")


def _columns(view: View) -> tuple[list[str], list[str]]:
    """Names and alignment of the columns: those of all boards, then a class each."""
    names = [*_COLUMNS, *view.challenge.names]
    return names, ["left" if name == "Team" else "right" for name in _COLUMNS] + ["right"] * (
        len(names) - len(_COLUMNS)
    )


def _cells(placed: Placed, *, ranked: bool) -> list[str]:
    row = placed.row
    classes = [hits(row.sensitivity(i)) for i in range(len(row.cases))]
    accuracy = row.accuracy
    rank = placed.mark if ranked else ABSENT
    return [
        rank,
        rank_range(placed),
        team_text(row),
        hits(accuracy),
        percent(accuracy.value),
        percent_range(accuracy.exact),
        *classes,
    ]


def _tables(view: View) -> Iterator[tuple[str, list[list[str]]]]:
    """Title and cells of the ranked table and of the one apart, where they hold rows."""
    title = set_title(view.set_name, view.challenge, own=view.own)
    if view.ranked:
        yield title, [_cells(p, ranked=True) for p in view.ranked]
    if view.later:
        yield LATER_TITLE + title, [_cells(p, ranked=False) for p in view.later]


_INTERVALS = "exact (Clopper-Pearson) 95 % intervals."


def _head(challenge: Challenge, *, own: bool) -> tuple[str, str]:
    """Heading and first sentence; own: of a board without published rows."""
    heading = f"# {plain(board_heading(challenge, own=own))}"
    if not own:
        return heading, (
            f"{plain(measured_on(challenge))}, with {_INTERVALS} Written by `spgc leaderboard` "
            "from one file per row, which holds source and doubts. Rows marked ? are inconsistent."
        )
    by = " Written by `spgc leaderboard --truth`." if challenge.shipped else ""
    return heading, f"Accuracy with {_INTERVALS}{by}"


def to_markdown(views: Sequence[View]) -> str:
    """Tables with their notes; `leaderboard/LEADERBOARD.md` is this for every set."""
    own = any(view.own for view in views)
    parts = [*_head(views[0].challenge, own=own)]
    for view in views:
        names, align = _columns(view)
        for title, cells in _tables(view):
            used = _used(cells)
            rows = [[plain(row[i]) for i in used] for row in cells]
            table = pipe_table(rows, [names[i] for i in used], [align[i] for i in used])
            parts += [f"## {plain(title)}", table]
        parts += [item(note) for note in board_notes(view)]
        if view.honest:
            rows = [[plain(cell) for cell in honest_cells(one)] for one in view.honest.standings]
            parts += [
                f"### {plain(honest_title(view.honest))}",
                pipe_table(rows, HONEST_COLUMNS, HONEST_ALIGN),
            ]
            parts += [item(finding) for finding in honest_findings(view.honest)]
    if any(view.honest for view in views):
        parts += [f"## {HOW_TITLE}", *(f"- {note}" for note in how_to_read(own=own))]
    return "\n".join(_spaced(parts))


def to_latex(views: Sequence[View]) -> str:
    """Tables for a paper, each with its notes below."""
    parts: list[str] = []
    for view in views:
        names, align = _columns(view)
        tables = list(_tables(view))
        for number, (title, cells) in enumerate(tables):
            used = _used(cells)
            rows = [[row[i] for i in used] for row in cells]
            heads, sides = [names[i] for i in used], [align[i] for i in used]
            notes = [*board_notes(view)] if number == len(tables) - 1 else []
            parts.append(latex_table(title, heads, rows, sides, notes))
        if view.honest:
            rows = [honest_cells(one) for one in view.honest.standings]
            title, notes = honest_title(view.honest), [*honest_findings(view.honest)]
            parts.append(latex_table(title, HONEST_COLUMNS, rows, HONEST_ALIGN, notes))
    if any(view.honest for view in views):
        own = any(view.own for view in views)
        parts += [latex(note) for note in how_to_read(own=own)]
    return latex_file(parts)


def pipe_table(rows: Sequence[Sequence[str]], names: Sequence[str], align: Sequence[str]) -> str:
    """A table in Markdown; bars in cells are escaped."""
    from tabulate import tabulate

    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return str(
        tabulate(cells, headers=names, tablefmt="pipe", colalign=align, disable_numparse=True)
    )


def _used(cells: Sequence[Sequence[str]]) -> list[int]:
    """Columns that hold anything."""
    return [i for i in range(len(cells[0])) if any(row[i] not in ("", ABSENT) for row in cells)]


def _spaced(parts: Sequence[str]) -> Iterator[str]:
    """Blank lines between blocks, none between the items of a list."""
    for before, part in zip(["", *parts], parts, strict=False):
        if before and not (before.startswith("- ") and part.startswith("- ")):
            yield ""
        yield part
    yield ""


CSV_COLUMNS = (
    "set",
    "group",
    "rank_best",
    "rank_worst",
    "tied",
    "rank_low",
    "rank_high",
    "team",
    "yours",
    "foreign",
    "right",
    "scans",
    "accuracy",
    "exact_low",
    "exact_high",
)


def to_csv(views: Sequence[View], challenge: Challenge | None = None) -> str:
    """One line per row, numbers unrounded, empty where there is none.

    challenge: whose classes have columns, else the first row's.
    """
    rows = (
        _csv_row(view.set_name, placed, ranked=placed in view.ranked)
        for view in views
        for placed in (*view.ranked, *view.later)
    )
    known = challenge or (views[0].challenge if views else None)
    named = known.classes if known else ()
    classes = [f"{part}_{c.short}" for c in named for part in ("right", "scans")]
    return csv_text([(*CSV_COLUMNS, *classes, "doubt", "source"), *rows])


def _csv_row(set_name: str, placed: Placed, *, ranked: bool) -> list[object]:
    row, rate = placed.row, placed.row.accuracy
    low, high = rate.exact or ("", "")
    interval = placed.interval or ("", "")
    ranks = [placed.best, placed.worst, placed.tied, *interval] if ranked else [""] * 5
    counts = [n for pair in zip(row.hits, row.cases, strict=True) for n in pair]
    return [
        no_formula(set_name),
        row.group,
        *ranks,
        no_formula(row.team),
        row.yours,
        row.foreign or "",
        rate.hits,
        rate.total,
        rate.value,
        low,
        high,
        *("" if n is None else n for n in counts),
        no_formula(row.doubt or ""),
        no_formula(row.source),
    ]
