"""The board's page says of which teams nothing is published but their row."""

from __future__ import annotations

import re

from spgc.board.board_rows import read_board
from spgc.board.team_facts import team_facts
from spgc.board.views import make_views
from spgc.challenge.spgc_challenge import SPGC
from spgc.files.shipped import leaderboard_dir
from spgc.report.page.pages import board_page


def test_the_board_names_the_teams_without_a_paper() -> None:
    """Seven of the 17 teams published something."""
    page = board_page(make_views(read_board(leaderboard_dir(), SPGC), ["overall"]), SPGC)
    (note,) = re.findall(r"No paper, code or description is known of [^<]+", page)
    assert note.startswith("No paper, code or description is known of 10 of these 17 teams: CVLAB")
    assert not set(team_facts(SPGC)) & set(note.partition(": ")[2].rstrip(".").split(", "))


def test_every_team_of_test2_is_described_but_one() -> None:
    page = board_page(make_views(read_board(leaderboard_dir(), SPGC), ["test2"]), SPGC)
    assert "No paper, code or description is known of 1 of these 6 teams: FushionSTAR." in page
