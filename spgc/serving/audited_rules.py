"""The log of a served challenge played again: whether each line came as the rules allow.

Somebody who can write the file can add lines whose hashes are right. A submission beyond the limits
or of a closed challenge is found all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from spgc.challenge.definition import Challenge
from spgc.errors import UsageError
from spgc.serving.challenge_states import check_open, state_after
from spgc.serving.counting import CHOICES_PER_DAY
from spgc.serving.desk import RequestError
from spgc.serving.event_log import LogLine
from spgc.serving.page_views import ServedState
from spgc.serving.team_limits import TeamUse


def broken_rules(challenge: Challenge, lines: Sequence[LogLine]) -> Iterator[str]:
    """Lines that the server would not have written, a sentence each."""
    state: ServedState = "closed"
    made: Counter[tuple[str | None, str, str]] = Counter()
    for line in lines[1:]:  # the first one is the challenge itself
        day = line.time[:10]
        made[line.team, line.event, ""] += 1
        made[line.team, line.event, day] += 1
        if line.event == "submission":
            use = _use_before(challenge, line, made)
            try:
                check_open(state, challenge, use.moment)
                use.check()
            except RequestError as error:
                yield f"submission {line.details['number']} was taken against the rules: {error}"
        if line.event == "final" and state == "revealed":
            yield f"log line {line.number} is a final answer after the results were revealed"
        if line.event == "final" and made[line.team, "final", day] > CHOICES_PER_DAY:
            yield f"log line {line.number} is one final answer too many on one day"
        try:
            state = state_after(state, line.event)
        except UsageError as error:
            yield f"log line {line.number} can't have been written: {error}"


def _use_before(
    challenge: Challenge, line: LogLine, made: Counter[tuple[str | None, str, str]]
) -> TeamUse:
    """What the team had used before this submission."""
    total, today = made[line.team, line.event, ""], made[line.team, line.event, line.time[:10]]
    moment = datetime.fromisoformat(line.time)
    return TeamUse(moment, challenge.limits, 0, total - 1, today - 1, 0, None)
