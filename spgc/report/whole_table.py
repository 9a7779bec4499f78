"""A table that a narrow terminal gets as one block per row, so that no number is ever cut."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Column, Table
from rich.text import Text

FOLDED = 12
"""Cells to which a word in a column of text may be folded: names of files can be long."""


class WholeTable(Table):
    """Columns where they fit, else the first cell of each row with its named values below."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if (
            self.columns
            and all(map(_is_text, self._all_cells()))
            and self._needed() > (options.max_width)
        ):
            yield from self._blocks(options.max_width)
        else:
            yield from super().__rich_console__(console, options)

    def _all_cells(self) -> Iterator[RenderableType]:
        for column in self.columns:
            yield column.header
            yield from column.cells

    def _needed(self) -> int:
        """Cells of width below which a number would be cut, or a word broken."""
        return 1 + sum(2 + max(_least(column)) for column in self.columns)

    def _blocks(self, width: int) -> Iterator[RenderableType]:
        if self.title:
            yield self.title if isinstance(self.title, Text) else Text(self.title)
        others = self.columns[1:]
        rows = zip(*(column.cells for column in self.columns), strict=True)
        lead = "–"
        for first, *values in rows:
            lead = _plain(first) or lead  # an empty cell means the one above
            yield Text(f"\n{lead}", "bold", overflow="fold")
            pairs = [
                f"{_plain(column.header)}: {_plain(value) or '–'}"
                for column, value in zip(others, values, strict=True)
            ]
            yield from (Text(f"  {line}", overflow="fold") for line in _packed(pairs, width - 2))
        yield Text("")


def _packed(pairs: list[str], width: int) -> Iterator[str]:
    """Lines of pairs with commas between, each as long as fits."""
    line = ""
    for pair in pairs:
        longer = f"{line}, {pair}" if line else pair
        if line and cell_len(longer) > width - 1:
            yield f"{line},"
            line = pair
        else:
            line = longer
    yield line


def _least(column: Column) -> Iterator[int]:
    """Width that each cell of a column needs."""
    whole = column.no_wrap or column.justify == "right"
    for cell in (column.header, *column.cells):
        for line in _raw(cell).split("\n"):
            yield (
                cell_len(line)
                if whole
                else max((min(cell_len(word), FOLDED) for word in line.split()), default=0)
            )


def _is_text(cell: RenderableType) -> bool:
    return isinstance(cell, str | Text)


def _raw(cell: RenderableType) -> str:
    return cell.plain if isinstance(cell, Text) else str(cell)


def _plain(cell: RenderableType) -> str:
    return " ".join(_raw(cell).split())
