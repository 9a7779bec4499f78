"""What the pages say of a challenge's state, limits and times, in words."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from markupsafe import escape

from spgc.organising.participants_page import SHOWN_BACK
from spgc.report.board_tables import rank_text
from spgc.scoring.printed import ABSENT
from spgc.serving.page_views import BoardView, ChallengeView, LeftView, TeamView


def is_open(challenge: ChallengeView, today: date | None = None) -> bool:
    """Whether submissions are taken: opened, and within the days of the challenge.

    today: in UTC, the current day without it.
    """
    day = str(today or datetime.now(UTC).date())
    begun = not challenge.opens or day >= challenge.opens
    return challenge.state == "open" and begun and not (challenge.closes and day > challenge.closes)


def state_said(challenge: ChallengeView, today: date | None = None) -> tuple[str, str, str]:
    """The state as its name in the style, as a word, and what follows from it and from the days."""
    day = str(today or datetime.now(UTC).date())
    if challenge.state == "revealed":
        return "revealed", "Revealed", "The challenge is over: all results are shown and final."
    if is_open(challenge, today):
        until = f" until the end of {challenge.closes} (UTC)" if challenge.closes else ""
        return "open", "Open", f"Submissions are taken{until}."
    if challenge.opens and day < challenge.opens:
        return "closed", "Not open yet", f"Submissions are taken from {challenge.opens} (UTC)."
    return "closed", "Closed", "No submissions are taken now."


def shown_back(challenge: ChallengeView) -> str:
    """What a team is shown of a submission, as a sentence."""
    said = SHOWN_BACK.get(challenge.feedback, challenge.feedback_said)
    return f"{said[:1].upper()}{said[1:]}."


def limit_lines(challenge: ChallengeView) -> list[str]:
    """The limits of a team."""
    lines = []
    if challenge.most is not None:
        lines.append(f"At most {_counted(challenge.most, 'submission')} per team.")
    if challenge.per_day is not None:
        lines.append(f"At most {_counted(challenge.per_day, 'submission')} per team and day (UTC).")
    if not lines:
        lines.append("Any number of submissions.")
    lines.append(
        "A file that can't be read is no submission and costs none; at most "
        f"{_counted(challenge.invalid_per_hour, 'such file')} per team and hour."
    )
    return lines


def final_said(team: TeamView) -> str:
    """Which submission ranks at the end, and why."""
    if team.final is None:
        return "the best one, told with the results" if team.submissions else "none yet"
    return "chosen by you" if team.chosen else f"the {team.challenge.counted} one, none chosen"


def nothing_left(left: LeftView, challenge: ChallengeView) -> str | None:
    """Why a team can't submit now; None where it can."""
    if not is_open(challenge):
        return state_said(challenge)[2]
    if left.submissions == 0:
        return "All submissions of your team have been made."
    if left.today == 0:
        return f"No submission is left for today. The next day begins at {moment(left.day_ends)}."
    if left.invalid == 0:
        return "Too many files that can't be read were sent within an hour. Try again later."
    return None


def table_said(board: BoardView) -> str:
    """How many teams and submissions a table is of."""
    teams = [row for row in board.rows if not row.baseline]
    sent = sum(row.submissions for row in teams)
    return f"{_counted(len(teams), 'team')}, {_counted(sent, 'submission')}"


def moment(time: str) -> str:
    """`2030-01-31 09:05 UTC` of a time in ISO 8601; any other text as it is."""
    try:
        read = datetime.fromisoformat(time)
    except ValueError:
        return time
    return f"{read.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def range_text(ranks: tuple[int, int] | None) -> str:
    """`2–5`, or a dash where nothing tells."""
    return rank_text(ranks) if ranks else ABSENT


def rank_number(rank: str | None) -> str:
    """What a rank is sorted by; rows without one stand last."""
    found = re.match(r"\d+", rank or "")
    return found.group() if found else "Infinity"


def baselines(board: BoardView) -> list[float]:
    """The accuracies of the rows that are baselines."""
    return [
        row.hits / row.cases
        for row in board.rows
        if row.baseline and row.hits is not None and row.cases
    ]


def area_text(text: str) -> str:
    """Text as HTML for a text field that sends it back as it was, unseen signs as well."""
    return str(escape(text).translate(_References()))


class _References(dict[int, int | str]):
    """Signs as HTML writes them: all but those of ASCII that show something by their numbers."""

    def __missing__(self, number: int) -> int | str:
        self[number] = number if number == ord("\n") or 32 <= number < 127 else f"&#{number};"
        return self[number]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
