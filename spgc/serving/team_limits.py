"""How many submissions a team has left: in all, today, and of files that can't be read."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from spgc.challenge.definition import SubmissionLimits
from spgc.serving.desk import RequestError
from spgc.serving.event_log import stamp
from spgc.serving.page_views import LeftView
from spgc.serving.tokens import Team


class OverLimitError(RequestError):
    """A team has no submission left for now; `retry` says when it has."""

    status = 429


class NoneLeftError(RequestError):
    """A team has no submission left at all."""

    status = 403


@dataclass(frozen=True)
class TeamUse:
    """What a team has used at a moment; oldest: its first unreadable file of the last hour."""

    moment: datetime
    limits: SubmissionLimits
    invalid_per_hour: int
    total: int
    today: int
    invalid: int
    oldest: str | None

    @property
    def left(self) -> LeftView:
        most, per_day = self.limits.submissions, self.limits.per_day
        total = None if most is None else max(0, most - self.total)
        today = None if per_day is None else max(0, per_day - self.today)
        if total is not None and today is not None:
            today = min(total, today)
        invalid = max(0, self.invalid_per_hour - self.invalid)
        return LeftView(total, today, invalid, stamp(_tomorrow(self.moment)))

    def check(self) -> None:
        """Raise NoneLeftError or OverLimitError where no submission is left."""
        most, per_day = self.limits.submissions, self.limits.per_day
        if most is not None and self.total >= most:
            raise NoneLeftError(
                "no submission left", found=f"{self.total:,} submissions", expected=f"{most:,}"
            )
        if per_day is not None and self.today >= per_day:
            raise self._later(
                "no submission left today",
                f"{self.today:,} submissions today (UTC)",
                f"{per_day:,} per day",
                _tomorrow(self.moment),
            )

    def check_invalid(self) -> None:
        """Raise OverLimitError after too many unreadable files in the last hour."""
        if self.invalid >= self.invalid_per_hour:
            oldest = datetime.fromisoformat(self.oldest or stamp(self.moment))
            raise self._later(
                "too many files that can't be read",
                f"{self.invalid:,} in the last hour",
                f"{self.invalid_per_hour:,} at most",
                oldest + timedelta(hours=1),
            )

    def _later(self, what: str, found: str, expected: str, when: datetime) -> OverLimitError:
        seconds = max(1, round((when - self.moment).total_seconds()))
        error = OverLimitError(
            what,
            found=found,
            expected=expected,
            do="check the file with spgc validate, and try again after "
            f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        )
        error.retry = seconds
        return error


def _tomorrow(moment: datetime) -> datetime:
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1)


def use_of(
    connection: sqlite3.Connection,
    team: Team,
    limits: SubmissionLimits,
    invalid_per_hour: int,
    moment: datetime,
) -> TeamUse:
    """What the team has used, in the transaction of `connection`."""
    day = stamp(moment)[:10]
    counted = "SELECT COUNT(*) FROM submissions WHERE team = ?"
    total = connection.execute(counted, (team.number,)).fetchone()[0]
    today = connection.execute(
        f"{counted} AND time >= ? AND time < ?",
        (team.number, day, stamp(_tomorrow(moment))[:10]),
    ).fetchone()[0]
    hour = stamp(moment - timedelta(hours=1))
    invalid, oldest = connection.execute(
        "SELECT COUNT(*), MIN(time) FROM log WHERE event = 'invalid' AND team = ? AND time > ?",
        (team.name, hour),
    ).fetchone()
    return TeamUse(moment, limits, invalid_per_hour, total, today, invalid, oldest)
