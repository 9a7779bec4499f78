"""Wanted columns of a CSV with a header, row by row, in time that grows with the file.

`csv.DictReader` makes a cell for each column that a short row lacks: a table of many columns and
many short rows, some hundred KB, would take all memory.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence

from spgc.files.doubles import first_double


def wanted_columns(lines: Iterable[str], columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """Each row's cells of `columns`, "" where the row is too short; empty lines are left out.

    Raises KeyError for a row without one of the columns in its header, ValueError for one that is
    there twice, and csv.Error for what is no CSV.
    """
    table = csv.reader(lines, strict=True)
    header = next(table, [])
    if twice := first_double(header, columns):
        raise ValueError(f"two columns {twice}")
    places = {name: place for place, name in enumerate(header)}
    for cells in filter(None, table):
        yield cells_at(cells, {name: places[name] for name in columns})


def cells_at(cells: Sequence[str], places: Mapping[str, int]) -> dict[str, str]:
    """The cells of a row by column, "" beyond its end."""
    return {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
