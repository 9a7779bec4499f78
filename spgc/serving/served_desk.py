"""The desk over one file: reads and writes the database, and keeps the tables of its newest state.

Several processes may serve one file: all state is in it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from spgc.disclosure.feedback import Feedback
from spgc.errors import SpgcError
from spgc.serving.audited_log import check_answers, check_log
from spgc.serving.challenge_states import state_of
from spgc.serving.counting import (
    CountingSubmission,
    add_choice,
    as_told,
    counting_of,
    counting_teams,
)
from spgc.serving.damage import DamageWatch, damage_told
from spgc.serving.database import Database
from spgc.serving.desk import RequestError
from spgc.serving.event_log import head, stamp, utc_now
from spgc.serving.page_views import (
    BoardPart,
    BoardView,
    ChallengeView,
    ReceiptView,
    SentView,
    ServedState,
    SetView,
    TeamView,
)
from spgc.serving.part_counts import final_said, part_results
from spgc.serving.served_challenge import Served, load_served, results_from
from spgc.serving.shown_feedback import shown_from
from spgc.serving.standings import TeamResult, boards_of
from spgc.serving.submitting import Clock, accept
from spgc.serving.team_limits import use_of
from spgc.serving.tokens import Team, team_of


class NotFoundError(RequestError):
    """There is nothing of this name or number for whoever asks."""

    status = 404


class ServedDesk:
    """`Desk` over the file of a served challenge. clock: the time now, for tests."""

    def __init__(self, path: Path, clock: Clock = utc_now) -> None:
        self.database = Database(path)
        self.clock = clock
        self._damage = DamageWatch(path, self._check)
        try:
            with self.database.reading() as connection, damage_told(path):
                self.served: Served = load_served(connection)
            self._check()
        except SpgcError:
            self.database.close()
            raise
        self._boards: tuple[int, tuple[BoardView, ...]] | None = None
        self._making = threading.Lock()
        self._sound: set[int] = set()  # submissions whose results were compared with their answers

    def close(self) -> None:
        """Close all connections that are not in use."""
        self.database.close()

    def _check(self) -> None:
        """Raise DataError where the file is not what its log says."""
        path = self.database.path
        with self.database.reading() as connection, damage_told(path):
            check_log(connection, self.served, path)

    def challenge(self) -> ChallengeView:
        with self._damage.answering(), self.database.reading() as connection:
            return self._challenge(state_of(connection))

    def boards(self) -> tuple[BoardView, ...]:
        with (
            self._damage.answering(),
            self._making,
        ):  # the first who asks makes them, the others wait for the same
            with self.database.reading() as connection:
                newest = head(connection)[0]
                if self._boards is not None and self._boards[0] == newest:
                    return self._boards[1]
                view = self._challenge(state_of(connection))
                counting = counting_teams(connection, self.served)
                teams = [self._result(connection, one) for one in counting]
            made = boards_of(self.served, view, teams)
            self._boards = (newest, made)
            return made

    def file(self, name: str) -> bytes:
        found = self.served.files.get(name)
        if found is None:
            files = ", ".join(self.served.files)
            raise NotFoundError("no such file", expected=files)
        return found

    def team(self, token: str) -> TeamView:
        with self._damage.answering(), self.database.reading() as connection:
            return self._team(connection, team_of(connection, token))

    def submit(self, token: str, content: bytes) -> ReceiptView:
        with self._damage.answering():
            team, number, notes = accept(self.database, self.served, token, content, self.clock)
        with self._damage.answering(), self.database.reading() as connection:
            view = self._team(connection, team, number)
        return ReceiptView(team.name, view.submissions[0], view.left, notes)

    def choose(self, token: str, submission: int) -> TeamView:
        with self._damage.answering(), self.database.writing() as connection:
            team = team_of(connection, token)
            if state_of(connection) == "revealed":
                raise RequestError(
                    "the results are revealed: final answers stay as they are",
                    expected="a choice before that",
                )
            own = connection.execute(
                "SELECT COUNT(*) FROM submissions WHERE team = ? AND number = ?",
                (team.number, submission),
            ).fetchone()[0]
            if not own:
                raise NotFoundError("your team has no such submission", found=submission)
            add_choice(connection, team, submission, stamp(self.clock()))
        with self._damage.answering(), self.database.reading() as connection:
            return self._team(connection, team)

    def _challenge(self, state: ServedState) -> ChallengeView:
        known, served = self.served.challenge, self.served
        feedback = Feedback(known.feedback)
        sizes = {part: sum(map(sum, sets.values())) for part, sets in served.sizes.items()}
        return ChallengeView(
            known.title,
            known.key,
            known.digest,
            state,
            tuple(known.written.values()),
            known.names,
            self._sets(),
            feedback.value,
            feedback.said,
            known.ranking.rule,
            known.ranking.counted,
            known.limits.submissions,
            known.limits.per_day,
            served.invalid_per_hour,
            str(known.opens) if known.opens else None,
            str(known.closes) if known.closes else None,
            tuple(served.files),
            sizes["public"],
            sizes["private"],
            final_said(served),
        )

    def _sets(self) -> tuple[SetView, ...]:
        known, drawn = self.served.challenge.sets, self.served.drawn
        names = self.served.challenge.ranked
        return tuple(SetView(n, known[n].size, known[n].public, drawn) for n in names)

    def _team(
        self, connection: sqlite3.Connection, team: Team, number: int | None = None
    ) -> TeamView:
        """A team's page, with one of its submissions alone where its number is given."""
        state = state_of(connection)
        counting = as_told(counting_of(connection, team, self.served), self.served, state)
        limits, ceiling = self.served.challenge.limits, self.served.invalid_per_hour
        left = use_of(connection, team, limits, ceiling, self.clock()).left
        return TeamView(
            self._challenge(state),
            team.name,
            tuple(self._sent(connection, team, counting, state, number)),
            left,
            counting.number,
            counting.chosen,
            state != "revealed",
        )

    def _sent(
        self,
        connection: sqlite3.Connection,
        team: Team,
        counting: CountingSubmission,
        state: ServedState,
        number: int | None,
    ) -> Sequence[SentView]:
        rows = connection.execute(
            "SELECT number, time, file_hash, answer_hash, LENGTH(content), shown, results "
            "FROM submissions WHERE team = ? AND ? IN (number, 0) ORDER BY number DESC",
            (team.number, number or 0),
        )
        return [
            SentView(
                found,
                time,
                file_hash,
                answers,
                size,
                shown_from(shown),
                found == counting.number,
                self._revealed(results) if state == "revealed" else {},
            )
            for found, time, file_hash, answers, size, shown, results in rows
        ]

    def _revealed(self, text: str) -> dict[str, tuple[int, int]]:
        """Hits and cases of each part that has a case."""
        results = results_from(text)
        made: dict[str, tuple[int, int]] = {}
        parts: tuple[BoardPart, ...] = ("final", "public", "private")
        for part in parts:
            sizes = part_results(self.served.sizes, part, self.served)
            if sizes:
                made[part] = (sum(part_results(results, part, self.served)), sum(sizes))
        return made

    def _result(self, connection: sqlite3.Connection, counting: CountingSubmission) -> TeamResult:
        """What counts of a team, once it is known to be whole. Raises DataError for damage."""
        number = counting.number
        if number is None:
            return TeamResult(counting, None, None)
        answers, digest, text = connection.execute(_COUNTING, (number,)).fetchone()
        results = results_from(text)
        if number not in self._sound:
            check_answers(self.served, number, answers, digest, results, self.database.path)
            self._sound.add(number)
        return TeamResult(counting, answers, results)


_COUNTING = "SELECT answers, answer_hash, results FROM submissions WHERE number = ?"
