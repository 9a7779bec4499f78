"""Tables of a kit on disk, compared with the truth of the kit."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO

from spgc.kits.written_kit import WrittenKit
from spgc.submissions.columns import CASE_COLUMN, LABEL_COLUMN


def rows_of(kit: WrittenKit, name: str, columns: Sequence[str]) -> list[dict[str, str]] | str:
    """The rows of a table by column, or what is wrong with it. Raises DataError as `read` does."""
    try:
        text = kit.read(name).decode("utf-8-sig")
        header, *rows = csv.reader(StringIO(text, newline=""))
    except (UnicodeDecodeError, ValueError, csv.Error):
        return f"{name} is no CSV in UTF-8"
    if header != list(columns):
        return f"{name} has not the columns {','.join(columns)}"
    if any(len(row) != len(header) for row in rows):
        return f"{name} has rows of another length than its header"
    return [dict(zip(header, row, strict=True)) for row in rows]


def solution_faults(
    kit: WrittenKit, name: str, column: str, wanted: Mapping[str, str]
) -> Iterator[str]:
    """What is wrong with a solution, a sentence each.

    column: of the part that a case belongs to; wanted: that part, of each case that is ranked.
    """
    rows = rows_of(kit, name, (CASE_COLUMN, LABEL_COLUMN, column))
    if isinstance(rows, str):
        yield rows
        return
    cases = [row[CASE_COLUMN] for row in rows]
    if sorted(cases) != sorted(wanted):
        yield f"{name} has not each ranked case once"
        return
    named = kit.challenge.class_named
    other = sum(named(row[LABEL_COLUMN]) != kit.truth[row[CASE_COLUMN]].label for row in rows)
    if other:
        yield f"{name} names another class than the truth for {other} of {len(rows)} cases"
    moved = sum(row[column] != wanted[row[CASE_COLUMN]] for row in rows)
    if moved:
        yield f"{name} has {moved} cases in another part than the challenge"
