"""Paper, code and architecture of the teams: all on the board; a damaged file is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spgc.board.published_board import published_board
from spgc.board.team_facts import TEAMS, read_team_facts, team_facts
from spgc.challenge.spgc_challenge import SPGC
from spgc.errors import LeaderboardError
from spgc.files.shipped import leaderboard_dir


def test_every_described_team_has_a_row() -> None:
    rows = {row.team for row in published_board(SPGC)}
    assert team_facts(SPGC).keys() <= rows
    assert len(team_facts(SPGC)) > 10


def test_the_systems_that_the_package_rebuilds_are_described() -> None:
    for team in ("CNR-IEMN", "TheSaviours", "Winter", "IITDelhi", "Bingo"):
        assert team_facts(SPGC)[team].architecture


@pytest.mark.parametrize(
    "change",
    [
        {"link": "http://example.org"},
        {"link": "javascript:alert(1)"},
        {"code": 3},
        {"more": "field"},
    ],
    ids=repr,
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    document = json.loads((leaderboard_dir() / TEAMS).read_text(encoding="utf-8"))
    document["teams"][0] |= change
    path = tmp_path / TEAMS
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(LeaderboardError, match="facts of the teams can't be read"):
        read_team_facts(path)
