"""The leaderboard in terminals of any width: no team, count or interval is cut."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from spgc.board.published_board import published_board
from spgc.board.views import make_views, set_named
from spgc.challenge.spgc_challenge import SPGC
from spgc.report.board_tables import BoardTable, row_cells, team_text

(VIEW,) = make_views(published_board(SPGC), set_named(None, [], SPGC), [], "accuracy")


@pytest.mark.parametrize("width", [40, 50, 60, 72, 80, 200])
@pytest.mark.parametrize("ranks", [True, False])
def test_nothing_is_cut(width: int, ranks: bool) -> None:
    placed = VIEW.ranked if ranks else VIEW.later
    console = Console(width=width, file=StringIO(), no_color=True, legacy_windows=False)
    console.print(BoardTable(VIEW.set_name, placed, ranks))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    for entry in placed:
        team, *figures = map(str, row_cells(entry.row))
        assert all(figure in text for figure in figures)
        assert team[:8] in text  # a longer one is folded where columns are short
        assert team == team_text(entry.row)


def test_80_columns_hold_a_line_for_each_row() -> None:
    console = Console(width=80, file=StringIO(), no_color=True, legacy_windows=False)
    console.print(BoardTable(VIEW.set_name, VIEW.ranked))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert sum("/90" in line for line in lines) == len(VIEW.ranked)
    assert any(
        "1    1–5  TheSaviours *     81/90  90.0  81.9–95.3     30/35" in line for line in lines
    )
