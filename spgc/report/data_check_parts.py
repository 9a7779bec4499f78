"""What a check of a data folder found, for the terminal: the splits, then each finding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from spgc.data.findings import number
from spgc.report.score_tables import name_text, plain_table

if TYPE_CHECKING:
    from spgc.data.check import CheckReport


def data_check_parts(report: CheckReport) -> Iterator[Table | Text]:
    """How much of each split is there, where slice labels are from, errors, then doubts."""
    synthetic = any("synthetic" in state.certainty for state in report.splits)
    table = plain_table(f"Layout: {report.layout}", synthetic=synthetic)
    for name in ("Split", "State", "Scans", "Certainty of the list"):
        table.add_column(name, justify="right" if name == "Scans" else "left")
    for state in report.splits:
        rows = ", ".join(f"{count} {word}" for word, count in state.certainty.items())
        counts = f"{state.found}/{state.expected}"
        table.add_row(name_text(state.name), state.word, counts, name_text(rows))
    yield table
    labels = f", from {report.label_file}" if report.label_file else ""
    yield name_text(f"Scans with slice labels: {report.slice_labelled}{labels}")
    for finding in sorted(report.findings, key=lambda f: f.severity != "error"):
        yield name_text(f"{finding.severity}: {finding.where}: {finding.what}")
    errors = sum(finding.severity == "error" for finding in report.findings)
    doubts = len(report.findings) - errors
    yield name_text(f"{number(errors, 'error')}, {number(doubts, 'doubt')}.")
