"""The days of a challenge, for platforms that can't do without them."""

from __future__ import annotations

from datetime import date

from spgc.challenge.definition import Challenge
from spgc.errors import DataError


def days_of(challenge: Challenge, platform: str) -> tuple[date, date]:
    """The first and the last day. Raises DataError for a challenge that lacks one."""
    if challenge.opens is None or challenge.closes is None:
        raise DataError(
            f"{platform} needs the dates of a challenge",
            where=challenge.title,
            found=f"opens {challenge.opens}, closes {challenge.closes}",
            expected="both days",
            do="add lines such as opens = 2030-01-01 and closes = 2030-02-01 to challenge.toml",
        )
    return challenge.opens, challenge.closes


def daily_limit(challenge: Challenge) -> int | None:
    """Submissions on one day, for a platform that counts no more than these.

    Without a limit for a day the limit of all submissions, spread over the days of the challenge;
    None without any limit.
    """
    limits, opens, closes = challenge.limits, challenge.opens, challenge.closes
    if limits.per_day is not None or limits.submissions is None:
        return limits.per_day
    days = (closes - opens).days + 1 if opens and closes else 1
    return max(1, limits.submissions // days)


def in_all_by_day(challenge: Challenge, daily: int) -> int | None:
    """Submissions that a limit for one day allows in all; None where the days aren't known."""
    opens, closes = challenge.opens, challenge.closes
    return daily * ((closes - opens).days + 1) if opens and closes else None
