"""CSV files as text: quoted by Python's csv module, one LF per row.

Two kinds of cells need two rules. A case ID has to come back as it was: who scores a submission
compares it letter by letter, so nothing is put before one that begins with `=`, and a spreadsheet
may take it for a formula (SECURITY.md). Free text of strangers in tables that people open, such as
team names on the board, goes through `no_formula`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from spgc.text.printable import printable

_FORMULA = tuple("=+-@＝＋－＠")
"""Signs that begin a formula; Excel in East Asia takes the full-width ones as well."""


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """The rows as CSV, the header first if there is one; numbers as `str` writes them."""
    return "".join(map(_line, rows))


def _line(cells: Iterable[object]) -> str:
    buffer = io.StringIO()
    # Before Python 3.13 a cell with a CR is quoted only where rows end in one.
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().removesuffix("\r\n") + "\n"


def no_formula(text: str) -> str:
    """Printable text that a spreadsheet shows instead of running it (CWE-1236)."""
    shown = printable(text)
    return f"'{shown}" if shown.lstrip()[:1] in _FORMULA else shown
