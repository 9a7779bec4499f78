"""Parts that the terminal prints, as HTML for notebooks: tables as tables, lines as notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from spgc.report.page.blocks import CellTable, block
from spgc.text.printable import printable


def parts_block(parts: Iterable[RenderableType], warnings: Sequence[str] = ()) -> str:
    """The tables in their order, and below them the lines; warnings stand above both."""
    tables, notes = [], []
    for part in parts:
        inner = part.renderable if isinstance(part, Padding) else part
        if isinstance(inner, Table):
            tables.append(cell_table(inner))
        elif words := _words(inner):
            notes.append(words)
    return block(warnings=warnings, tables=tables, notes=notes)


def cell_table(table: Table) -> CellTable:
    """A terminal's table as texts: its title, columns and rows."""
    columns = table.columns
    cells = [[_words(cell) for cell in column.cells] for column in columns]
    return CellTable(
        _words(table.title),
        [_words(column.header, " / ") for column in columns],
        list(zip(*cells, strict=True)),
        [place for place, column in enumerate(columns) if _holds_words(column)],
    )


def _holds_words(column: Column) -> bool:
    return column.justify == "left"


def _words(part: RenderableType | None, between: str = " ") -> str:
    """One line of plain text, `between` where there were several."""
    text = part.plain if isinstance(part, Text) else str(part or "")
    return printable(between.join(text.split("\n")).strip())
