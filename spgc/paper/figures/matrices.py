"""Figures 6 to 10: confusion matrices of the user's own `spgc reproduce` runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.errors import DataError
from spgc.files.json_documents import read_json
from spgc.paper.figures.figure_sources import Sources
from spgc.protocol import CLASSES
from spgc.report.confusion import matrices_figure
from spgc.report.pictures import caption, synthetic_mark, verbatim
from spgc.scoring.counts import Confusion, CountRow
from spgc.text.purpose import PURPOSE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TABLES = {"6": "table1", "7": "table2", "8": "table3", "9": "table4", "10": "table5"}
"""The run whose matrices each figure of the paper shows."""

RECORD = "reproduce.json"

_LAST_OF_SCANS = 2
"""Matrices of Figure 10: all backbones together, with each patient classifier."""


def matrix_figure(sources: Sources, number: str) -> Figure:
    """Figures 6 to 9, one matrix per network, or 10, one per patient classifier.

    Raises DataError when the run is not there.
    """
    path = sources.runs / TABLES[number] / RECORD
    record, matrices = _read(path, TABLES[number])
    shown = matrices[-_LAST_OF_SCANS:] if record["unit"] == "scans" else matrices
    lines = (
        synthetic_mark(bool(record["synthetic"])),
        verbatim(f"Validation {record['unit']}: {record['title']}"),
    )
    figure = matrices_figure(
        shown, min(2, len(shown)), "\n".join(filter(None, lines)), classes=CLASSES
    )
    caption(figure, PURPOSE, 7)
    return figure


def _read(path: Path, table: str) -> tuple[dict[str, Any], list[tuple[str, Confusion]]]:
    try:
        record = read_json(path)
        matrices = [
            (verbatim(str(name)), Confusion(_counts(rows)))
            for name, rows in record["matrices"].items()
        ]
        _ = record["unit"], record["synthetic"], record["title"], matrices[0]
    except OSError as error:
        raise DataError(
            f"{table} has not been made",
            where=path,
            found=error.strerror,
            expected="what spgc reproduce writes",
            do=f"spgc reproduce {table}, or set --runs",
        ) from error
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
    ) as error:
        raise DataError(
            "record of a run is damaged",
            where=path,
            found=f"{type(error).__name__}: {error}",
            expected="what spgc reproduce wrote",
            do=f"spgc reproduce {table}",
        ) from error
    return record, matrices


def _counts(rows: Any) -> tuple[CountRow, CountRow, CountRow]:
    a, b, c = ((int(x), int(y), int(z)) for x, y, z in rows)
    return a, b, c
