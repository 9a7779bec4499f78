"""Reading CSV files that may be hostile: size, encoding, header and shape are checked."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from spgc.data.case_names import same_name_form
from spgc.errors import DataError
from spgc.files.doubles import first_double
from spgc.files.regular import check_regular, read_regular
from spgc.files.table_columns import cells_at

MAX_BYTES = 64 * 2**20
"""A table larger than this is refused: a manifest of a million cases takes some 40 MB."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: wanted cells by column name in lower case, stripped; `where`: file and line."""

    cells: Mapping[str, str]
    where: str

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


def read_table_text(path: Path) -> str:
    """The text of a CSV: size checked, UTF-8 with or without BOM, names in the form they are
    compared in (see `same_name_form`).

    Raises DataError when the file can't be read, is too large or is no UTF-8 text.
    """
    try:
        if check_regular(path) > MAX_BYTES:
            raise DataError(
                "table is too large", where=path, expected=f"at most {MAX_BYTES // 2**20} MiB"
            )
        return same_name_form(read_regular(path).decode("utf-8-sig"))
    except OSError as error:
        raise DataError("can't read table", where=path, found=error.strerror) from error
    except UnicodeDecodeError as error:
        raise DataError("table is not UTF-8 text", where=path, found=error.reason) from error


def read_rows(
    path: Path,
    what: str,
    columns: Sequence[str],
    aliases: Mapping[str, str] | None = None,
    optional: Sequence[str] = (),
) -> Iterator[Row]:
    """The rows of a CSV with a header that holds at least `columns`, in any letter case.

    `what` names the kind of file in errors; `aliases` gives other header words their column;
    `optional` columns are read where they are there, all others are not. Raises DataError for a
    wanted column that is missing or there twice, and for a file that is no CSV.
    """
    lines = _parsed(path, what)
    header, _ = next(lines, ([], 0))
    header = [(aliases or {}).get(word.lower(), word.lower()) for word in header]
    if missing := [name for name in columns if name not in header]:
        raise DataError(
            f"{what} lacks columns",
            where=path,
            found=", ".join(header) or "no header",
            expected=", ".join(columns),
            do=f"add {', '.join(missing)}",
        )
    wanted = (*columns, *optional)
    if twice := first_double(header, wanted):
        raise DataError(
            f"{what} has two columns {twice}",
            where=path,
            found=", ".join(header),
            expected="each column once",
            do="remove one of the two",
        )
    places = {name: header.index(name) for name in wanted if name in header}
    for cells, number in lines:
        if any(cells):  # a spreadsheet writes rows of delimiters below a table
            where = f"{path}, line {number}"
            if any(cells[len(header) :]):
                raise DataError(
                    f"{what} has a row that is longer than its header",
                    where=where,
                    found=f"{len(cells)} cells",
                    expected=f"at most {len(header)}",
                )
            yield Row(cells_at(cells, places), where)


def read_lines(path: Path, what: str) -> Iterator[tuple[list[str], str]]:
    """The lines of a CSV whose header is unknown: cells, stripped, and file with line."""
    for cells, number in _parsed(path, what):
        yield cells, f"{path}, line {number}"


def _parsed(path: Path, what: str) -> Iterator[tuple[list[str], int]]:
    """Rows as stripped cells, and the line that each begins in.

    Raises DataError for a row that is no CSV, with its line, and for a cell that swallowed lines
    which look like rows: a stray quote, closed by another one further down, would hide them.
    """
    table = csv.reader(io.StringIO(read_table_text(path)), strict=True)
    first, width = 1, 0
    try:
        for cells in table:
            width = width or len(cells)
            swallowed = [cell for cell in cells if width > 1 and _looks_like_rows(cell, width)]
            if swallowed:
                raise csv.Error(f"a cell that holds {swallowed[0].count(chr(10)) + 1} lines")
            yield [cell.strip() for cell in cells], first
            first = table.line_num + 1
    except csv.Error as error:
        found = str(error)
        if "end of data" in found:
            found = "a quote that is opened in this row and not closed"
        raise DataError(
            f"{what} is not a CSV",
            where=f"{path}, line {first}",
            found=found,
            expected="one row per line",
            do="remove the stray quote",
        ) from error


def _looks_like_rows(cell: str, width: int) -> bool:
    """Whether a further line of the cell has half the delimiters of a row: it may begin in one."""
    return "\n" in cell and any(2 * line.count(",") >= width - 1 for line in cell.split("\n")[1:])


def whole_number(text: str, largest: int, where: str, what: str) -> int:
    """`text` as a whole number from 0 to `largest`; "1.0" counts as 1. Raises DataError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not (0 <= value <= largest and value.is_integer()):  # nan and inf fail the first test
        raise DataError(
            f"{what} can't be read", where=where, found=repr(text), expected=f"0 to {largest}"
        )
    return int(value)
