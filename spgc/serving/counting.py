"""Which submission of each team counts: the chosen one, else the last or the best."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from spgc.challenge.definition import CountedSubmission
from spgc.serving.tokens import Team, all_teams

_RULES: dict[CountedSubmission, str] = {
    "last": "SELECT number FROM submissions WHERE team = ? ORDER BY number DESC LIMIT 1",
    "best": (
        "SELECT number FROM submissions WHERE team = ? ORDER BY counted_hits DESC, number LIMIT 1"
    ),
}


@dataclass(frozen=True)
class CountingSubmission:
    """Where a team stands: number of what counts, None before its first; how many it made.

    ladder: the best score that the ladder showed, None without.
    """

    team: Team
    number: int | None
    chosen: bool
    submissions: int
    last: str | None
    ladder: int | None


def counting_of(
    connection: sqlite3.Connection, team: Team, rule: CountedSubmission
) -> CountingSubmission:
    """What counts of one team."""
    count, last = connection.execute(
        "SELECT COUNT(*), MAX(time) FROM submissions WHERE team = ?", (team.number,)
    ).fetchone()
    if not count:
        return CountingSubmission(team, None, False, 0, None, None)
    chosen = connection.execute(
        "SELECT submission FROM choices WHERE team = ? ORDER BY number DESC LIMIT 1",
        (team.number,),
    ).fetchone()
    best = chosen or connection.execute(_RULES[rule], (team.number,)).fetchone()
    ladder = connection.execute(
        "SELECT ladder_score FROM submissions WHERE team = ? ORDER BY number DESC LIMIT 1",
        (team.number,),
    ).fetchone()
    return CountingSubmission(team, best[0], chosen is not None, count, last, ladder[0])


def counting_teams(
    connection: sqlite3.Connection, rule: CountedSubmission
) -> list[CountingSubmission]:
    """What counts of every team."""
    return [counting_of(connection, team, rule) for team in all_teams(connection)]
