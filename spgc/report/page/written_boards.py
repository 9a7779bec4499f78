"""The boards of a challenge's teams, written as pages and tables."""

from __future__ import annotations

from pathlib import Path

from spgc.files.overwriting import check_outputs
from spgc.files.whole import make_folder, write_together
from spgc.organising.ranking_of_teams import TeamBoards, board_files
from spgc.report.board_formats import to_csv
from spgc.report.page.pages import board_page


def write_boards(boards: TeamBoards, out: Path) -> tuple[Path, ...]:
    """Write each board as HTML and CSV, replacing those of an earlier call; the files.

    Raises DataError where the folder can't be written to.
    """
    texts = {}
    for name, board in board_files(boards):
        texts[out / f"{name}.html"] = board_page(board.views, boards.challenge)
        texts[out / f"{name}.csv"] = to_csv(board.views, boards.challenge)
    make_folder(out)
    check_outputs(out, [path.name for path in texts])
    write_together(texts)
    return tuple(texts)
