"""A table too wide for its terminal becomes blocks: every number stays whole."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from spgc.report.score_tables import plain_table
from spgc.report.whole_table import WholeTable


def shown(table: WholeTable, width: int) -> str:
    console = Console(width=width, file=StringIO(), no_color=True, legacy_windows=False)
    console.print(table)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines())


def example() -> WholeTable:
    table = plain_table("Accuracy by set")
    table.add_column("Set", no_wrap=True)
    for name in ("Accuracy", "95% CI", "COVID-19"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row("overall", "81/90", "81.9–95.3", "30/35")
    table.add_row("", "9/10", "55.5–99.7", "–")
    assert isinstance(table, WholeTable)
    return table


@pytest.mark.parametrize("width", [20, 30, 40, 60, 120])
def test_no_number_is_cut_at_any_width(width: int) -> None:
    text = shown(example(), width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    for number in ("81/90", "81.9–95.3", "30/35", "55.5–99.7"):
        assert number in text


def test_the_blocks_whole() -> None:
    assert (
        shown(example(), 34)
        == """\
Accuracy by set

overall
  Accuracy: 81/90,
  95% CI: 81.9–95.3,
  COVID-19: 30/35

overall
  Accuracy: 9/10,
  95% CI: 55.5–99.7, COVID-19: –
"""
    )


def test_columns_stay_where_they_fit() -> None:
    assert "Set      Accuracy     95% CI  COVID-19" in shown(example(), 60)
