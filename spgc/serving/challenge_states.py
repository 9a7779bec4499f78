"""Whether a challenge takes submissions: closed, open, closed again, and at last revealed."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from spgc.challenge.definition import Challenge
from spgc.errors import UsageError
from spgc.serving.database import Database
from spgc.serving.desk import RequestError
from spgc.serving.event_log import LogEvent, append, head, stamp, utc_now
from spgc.serving.page_views import ServedState

_STATES: dict[str, ServedState] = {
    "init": "closed",
    "open": "open",
    "close": "closed",
    "reveal": "revealed",
}


class ClosedError(RequestError):
    """The challenge takes no submission now."""

    status = 409


def state_of(connection: sqlite3.Connection) -> ServedState:
    """The state, by the newest line of the log that sets one."""
    row = connection.execute(
        "SELECT event FROM log WHERE event IN ('init', 'open', 'close', 'reveal') "
        "ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return _STATES[row[0]]


def state_after(now: ServedState, event: str) -> ServedState:
    """The state after a line of the log.

    Raises UsageError for a step that can't be made: only a closed challenge is revealed, and a
    revealed one stays so.
    """
    wanted = _STATES.get(event)
    if wanted is None:
        return now
    if now == wanted:
        raise UsageError(f"the challenge is {now} already")
    if now == "revealed":
        raise UsageError("the results are revealed: the challenge can't be opened again")
    if event == "reveal" and now != "closed":
        raise UsageError(
            "the challenge is still open", do="spgc serve close, and reveal the results then"
        )
    return wanted


def check_open(state: ServedState, challenge: Challenge, moment: datetime) -> None:
    """Raise ClosedError unless submissions are taken: opened, and between the file's days."""
    day = moment.astimezone(UTC).date()
    expected = "an open challenge"
    if state == "revealed":
        raise ClosedError("the challenge is over", found="results are revealed", expected=expected)
    if state == "closed":
        raise ClosedError(
            "the challenge takes no submissions now",
            found=state,
            expected=expected,
            do="ask the organisers when it opens",
        )
    if challenge.opens and day < challenge.opens:
        raise ClosedError(
            "the challenge has not begun",
            found=f"{day} (UTC)",
            expected=f"{challenge.opens} or later",
        )
    if challenge.closes and day > challenge.closes:
        raise ClosedError(
            "the challenge is over",
            found=f"{day} (UTC)",
            expected=f"{challenge.closes} at the latest",
        )


def days_said(challenge: Challenge, moment: datetime) -> str | None:
    """Why an opened challenge takes nothing at this time, by the days of its file, or None."""
    try:
        check_open("open", challenge, moment)
    except ClosedError as error:
        return f"No submission is taken now, by the days of challenge.toml: {error}."
    return None


def change_state(database: Database, event: LogEvent) -> tuple[int, str]:
    """Open, close or reveal; number and hash of the line that says so.

    Raises UsageError as `state_after` does.
    """
    with database.writing() as connection:
        state_after(state_of(connection), event)
        append(connection, stamp(utc_now()), event)
        return head(connection)
