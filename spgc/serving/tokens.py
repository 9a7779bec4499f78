"""Teams and their tokens: random, shown once, kept as a hash, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from spgc.data.case_names import same_name_form
from spgc.errors import DataError, UsageError
from spgc.files.foreign_names import refuse_name
from spgc.serving.database import Database
from spgc.serving.desk import TokenError
from spgc.serving.event_log import append, stamp, utc_now
from spgc.text.printable import printable

TOKEN_BYTES = 32
MOST_TEAMS = 1_000
LONGEST_NAME = 60

MAJORITY = "majority class"
"""The row of one class for all cases: no team may be called so."""


@dataclass(frozen=True)
class Team:
    """A team; baseline: no competitor, its row takes no rank."""

    number: int
    name: str
    baseline: bool


def token_hash(token: str) -> bytes:
    """SHA-256 of a token, whatever was sent as one."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def team_of(connection: sqlite3.Connection, token: str) -> Team:
    """The team whose token this is.

    Every token is compared, and each in constant time, whether one is found or not. Raises
    TokenError, which says the same for a wrong token and for one that was revoked.
    """
    sent, found = token_hash(token), None
    for number, name, baseline, digest in connection.execute(_NEWEST):
        if hmac.compare_digest(sent, digest or b""):
            found = Team(number, name, bool(baseline))
    if found is None:
        raise TokenError(
            "no team has this token",
            expected="the token that the organisers gave to your team",
            do="send all of it as it was handed out, or ask the organisers for a new one",
        )
    return found


_NEWEST = """
SELECT teams.number, teams.name, teams.baseline, tokens.hash FROM teams
JOIN tokens ON tokens.number = (SELECT MAX(number) FROM tokens WHERE team = teams.number)
ORDER BY teams.number
"""


def new_token(
    database: Database,
    name: str,
    *,
    baseline: bool = False,
    hand_out: Callable[[str], object] = lambda _: None,
) -> str:
    """Make a token for a team, new or known; the one before no longer works.

    baseline: what a new team is; hand_out: where the token goes, for whoever has it there alone:
    when that fails nothing is made, and the token before still works. Raises UsageError for a name
    that none can have, DataError beyond `MOST_TEAMS`.
    """
    name = same_name_form(name)
    _check_name(name)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    time = stamp(utc_now())
    with database.writing() as connection:
        team = _team_named(connection, name)
        if team is None:
            team = _new_team(connection, name, time, baseline=baseline)
        elif baseline and not team.baseline:
            raise UsageError(
                "this team competes already",
                found=team.name,
                expected="a new name for a baseline",
            )
        digest = token_hash(token)
        row = (team.number, digest)
        connection.execute("INSERT INTO tokens (team, hash) VALUES (?, ?)", row)
        append(connection, time, "token", team.name, hash=digest.hex())
        hand_out(token)
    return token


def revoke(database: Database, name: str) -> None:
    """Make a team's token void; its submissions stay. Raises UsageError for an unknown team."""
    with database.writing() as connection:
        team = _team_named(connection, name)
        if team is None:
            raise UsageError(
                "no such team",
                found=repr(name[:LONGEST_NAME]),
                expected="a team that was given a token",
            )
        connection.execute("INSERT INTO tokens (team, hash) VALUES (?, NULL)", (team.number,))
        append(connection, stamp(utc_now()), "revoke", team.name)


def all_teams(connection: sqlite3.Connection) -> list[Team]:
    """All teams, in the order in which they got their first token."""
    rows = connection.execute("SELECT number, name, baseline FROM teams ORDER BY number")
    return [Team(number, name, bool(baseline)) for number, name, baseline in rows]


def _team_named(connection: sqlite3.Connection, name: str) -> Team | None:
    """The team of this name, in whatever letter case and Unicode form it was given."""
    wanted = folded(same_name_form(name))
    known = all_teams(connection)
    return next((one for one in known if folded(same_name_form(one.name)) == wanted), None)


def _new_team(connection: sqlite3.Connection, name: str, time: str, *, baseline: bool) -> Team:
    number = 1 + connection.execute("SELECT COUNT(*) FROM teams").fetchone()[0]
    if number > MOST_TEAMS:
        raise DataError("too many teams", found=f"{number:,}", expected=f"{MOST_TEAMS:,} at most")
    row = (number, name, folded(name), int(baseline))
    connection.execute("INSERT INTO teams VALUES (?, ?, ?, ?)", row)
    append(connection, time, "team", name, baseline=baseline)
    return Team(number, name, baseline)


def folded(name: str) -> str:
    """The form in which names are compared: without regard to letter case and blanks."""
    return "".join(name.casefold().split())


def _check_name(name: str) -> None:
    try:
        refuse_name(name, "team")
        good = len(name) <= LONGEST_NAME and printable(name) == name
        good = good and folded(name) != folded(MAJORITY)
    except DataError as error:
        raise UsageError(
            "no name for a team", found=error.found, expected=error.expected
        ) from error
    if not good:
        raise UsageError(
            "no name for a team",
            found=repr(name[: LONGEST_NAME + 1]),
            expected=f"1 to {LONGEST_NAME} printable signs, not {MAJORITY!r}",
        )
