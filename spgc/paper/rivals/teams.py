"""Whose method a system is: the team's name on the leaderboard, and its published figures."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from spgc.board.board_rows import CHALLENGE, BoardRow
from spgc.board.published_board import published_board
from spgc.challenge.spgc_challenge import SPGC

TEAMS: Mapping[str, str] = MappingProxyType(
    {
        "cnr-iemn": "CNR-IEMN",
        "thesaviours": "TheSaviours",
        "winter": "Winter",
        "llscp-like": "LLSCP",
        "iitdelhi-like": "IITDelhi",
        "bingo-like": "Bingo",
        "unisheff": "UniSheff_EEE",
    }
)
"""Teams of the challenge by the system that follows their method; `density` and `astra` are of no
team."""


def published_row(system: str, set_name: str) -> BoardRow | None:
    """What the team of a system reached on a set, as published; None where nothing is."""
    team = TEAMS.get(system)
    rows = (
        row
        for row in published_board(SPGC)
        if (row.team, row.set_name, row.group) == (team, set_name, CHALLENGE)
    )
    return next(rows, None)
