"""Installed systems, and the options of one, as tables and as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from spgc.contract.offers import provider
from spgc.contract.system import System
from spgc.report.score_tables import name_text
from spgc.systems.registry import ListedSystem


def systems_table(found: Sequence[ListedSystem]) -> Table:
    """One row per system: its package, whether it loads, and what it is or what is wrong."""
    rows = [
        (
            line.name,
            f"{line.package} {line.version}",
            system_status(line),
            line.problem or line.summary or "",
        )
        for line in found
    ]
    return _table(("System", "Package", "Status", "Description"), rows)


def system_status(line: ListedSystem) -> str:
    """Whether a system loads, is broken, or lacks an extra that is not installed."""
    if line.lacking:
        return "not installed"
    return "broken" if line.problem else "loads"


def systems_document(found: Sequence[ListedSystem]) -> dict[str, Any]:
    """The systems as plain values."""
    systems = [
        {
            "name": line.name,
            "package": line.package,
            "version": line.version,
            "loads": line.problem is None,
            "summary": line.summary,
            "problem": line.problem,
        }
        for line in found
    ]
    return {"schema": "spgc-systems/1", "systems": systems}


def system_parts(name: str, kind: type[System]) -> Iterator[RenderableType]:
    """What a system is, whether it learns without labels, and its options."""
    yield name_text(f"{name}: {kind.summary}")
    if kind.learns_unlabelled:
        yield Text("Can also learn from unlabelled scans (--unlabelled SPLIT).")
    yield _table(("Option", "Value"), list(kind.options().items()))


def system_document(name: str, kind: type[System]) -> dict[str, Any]:
    """One system as plain values."""
    return {
        "schema": "spgc-system/1",
        "name": name,
        "package": provider(name),
        "summary": kind.summary,
        "learns_unlabelled": kind.learns_unlabelled,
        "options": dict(kind.options()),
    }


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for title in header:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, "red" if cell == "broken" else "") for cell in row))
    return table
