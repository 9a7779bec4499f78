"""Which submission of each team counts: the chosen one, else the last or the best."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from fractions import Fraction

from spgc.serving.desk import RequestError
from spgc.serving.event_log import append
from spgc.serving.page_views import BoardPart, ServedState
from spgc.serving.part_counts import part_results
from spgc.serving.served_challenge import Results, Served, results_from
from spgc.serving.tokens import Team, all_teams

_LAST = "SELECT number FROM submissions WHERE team = ? ORDER BY number DESC LIMIT 1"
_MOST_HITS = (
    "SELECT number FROM submissions WHERE team = ? ORDER BY counted_hits DESC, number LIMIT 1"
)
_RESULTS = "SELECT number, results FROM submissions WHERE team = ? ORDER BY number"


CHOICES_PER_DAY = 100
"""Final answers that a team may choose on one day: each is a line of the log for good."""


class ManyChoicesError(RequestError):
    """A team chose other final answers all day."""

    status = 429


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


def counting_of(connection: sqlite3.Connection, team: Team, served: Served) -> CountingSubmission:
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
    number = chosen[0] if chosen else _by_rule(connection, team, served)
    ladder = connection.execute(
        "SELECT ladder_score FROM submissions WHERE team = ? ORDER BY number DESC LIMIT 1",
        (team.number,),
    ).fetchone()
    return CountingSubmission(team, number, chosen is not None, count, last, ladder[0])


def _by_rule(connection: sqlite3.Connection, team: Team, served: Served) -> int:
    """The last submission, or the first of the best ones, as the challenge says.

    The best is that by what ranks. Where correct predictions are shown and a balanced accuracy
    ranks it is the one that has most of them: which one counts would tell more than they do.
    """
    challenge = served.challenge
    best = challenge.ranking.counted == "best"
    by_hits = challenge.ranking.rule == "accuracy" or challenge.feedback in ("hits", "sets")
    if best and not by_hits:
        rows = connection.execute(_RESULTS, (team.number,)).fetchall()
        return int(max(rows, key=lambda row: _mean_share(results_from(row[1]), served))[0])
    chosen = connection.execute(_MOST_HITS if best else _LAST, (team.number,)).fetchone()
    return int(chosen[0])


def _mean_share(results: Results, served: Served) -> Fraction:
    """Balanced accuracy on the public part, or on the private one where nothing is public."""
    part: BoardPart = "public" if any(served.sizes["public"]) else "private"
    hits, sizes = (part_results(one, part, served) for one in (results, served.sizes))
    shares = [Fraction(right, size) for right, size in zip(hits, sizes, strict=True) if size]
    return sum(shares, Fraction(0)) / len(shares)


def add_choice(connection: sqlite3.Connection, team: Team, submission: int, time: str) -> None:
    """Make one of the team's submissions its final answer, and say so in the log.

    The one that is chosen already adds no line. Raises ManyChoicesError: nobody fills the disk.
    """
    newest = "SELECT submission FROM choices WHERE team = ? ORDER BY number DESC LIMIT 1"
    if connection.execute(newest, (team.number,)).fetchone() == (submission,):
        return
    today = connection.execute(
        "SELECT COUNT(*) FROM choices WHERE team = ? AND time >= ?", (team.number, time[:10])
    ).fetchone()[0]
    if today >= CHOICES_PER_DAY:
        raise ManyChoicesError(
            "too many choices of a final answer today (UTC)", expected=f"{CHOICES_PER_DAY} per day"
        )
    row = (team.number, submission, time)
    connection.execute("INSERT INTO choices (team, submission, time) VALUES (?, ?, ?)", row)
    append(connection, time, "final", team.name, number=submission)


def as_told(counting: CountingSubmission, served: Served, state: ServedState) -> CountingSubmission:
    """What the team may know of it: which one is best tells of scores that it was not shown.

    One bit per submission, whether it beats the best, would climb past the Ladder; where nothing is
    public it would tell of the private part.
    """
    challenge = served.challenge
    told = challenge.feedback not in ("none", "ladder") and any(served.sizes["public"])
    by_rule = challenge.ranking.counted == "best" and not counting.chosen
    hidden = by_rule and not told and state != "revealed"
    return replace(counting, number=None) if hidden else counting


def counting_teams(connection: sqlite3.Connection, served: Served) -> list[CountingSubmission]:
    """What counts of every team."""
    return [counting_of(connection, team, served) for team in all_teams(connection)]
