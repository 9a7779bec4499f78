"""A desk without a database: two teams, and everything that was asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from spgc.errors import SubmissionError
from spgc.scoring.counts import Rate
from spgc.serving.desk import RequestError, TokenError
from spgc.serving.page_views import (
    BoardRowView,
    BoardView,
    ChallengeView,
    LeftView,
    ReceiptView,
    SentView,
    ServedState,
    SetView,
    ShownView,
    TeamView,
)

HOSTILE = "<script>alert(1)</script>\"'>&amp; \u202eevil"
TOKEN, OTHER = "token-of-ada-0123456789", "token-of-ben-0123456789"


@dataclass
class PretendDesk:
    """A `Desk` that keeps submissions in a list."""

    state: ServedState = "open"
    title: str = "Flowers 2030"
    tokens: dict[str, str] = field(default_factory=lambda: {TOKEN: "ada", OTHER: HOSTILE})
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    final: int | None = None
    refusal: Exception | None = None

    def challenge(self) -> ChallengeView:
        return ChallengeView(
            self.title,
            "flowers",
            "0123456789ab",
            self.state,
            ("rose", "tulip"),
            ("Rose", "Tulip"),
            (SetView("test", 90, shown=True),),
            "hits",
            "correct predictions of all",
            "accuracy",
            "last",
            20,
            3,
            10,
            None,
            None,
            ("challenge.toml", "example.csv"),
            30,
            60,
            "The private part ranks at the end.",
        )

    def boards(self) -> tuple[BoardView, ...]:
        rows = [
            _row("ada", "1", 24, groups="a"),
            _row(HOSTILE, "2", 20, groups="a"),
            _row("majority class", None, 15, baseline=True),
            BoardRowView("=late()", None, None, False, None, 30, None, None, None),
        ]
        return (BoardView(self.challenge(), "public", "Public part", False, tuple(rows)),)

    def file(self, name: str) -> bytes:
        raise RequestError("no such file")

    def team(self, token: str) -> TeamView:
        if token not in self.tokens:
            raise TokenError("unknown token")
        sent = [
            SentView(
                number,
                f"2030-01-0{number}T10:00:00Z",
                "ab" * 32,
                "cd" * 32,
                len(content),
                ShownView(f"{number} of 30 correct."),
                number == self._final(),
            )
            for number, (team, content) in enumerate(self.taken, start=1)
            if team == self.tokens[token]
        ]
        left = LeftView(20 - len(sent), 3, 10, "2030-01-02T00:00:00Z")
        chosen = self.final is not None
        own, final = tuple(reversed(sent)), self._final()
        return TeamView(
            self.challenge(),
            self.tokens[token],
            own,
            left,
            final,
            chosen,
            self.state != "revealed",
        )

    def submit(self, token: str, content: bytes) -> ReceiptView:
        team = self.team(token)
        if self.refusal is not None:
            raise self.refusal
        if b"Label" not in content:
            raise SubmissionError("no column of labels", where="submission.csv", do="name it Label")
        self.taken.append((team.team, content))
        found = self.team(token)
        return ReceiptView(found.team, found.submissions[0], found.left, ("line 3: blanks",))

    def choose(self, token: str, submission: int) -> TeamView:
        self.team(token)
        if not 1 <= submission <= len(self.taken):
            raise RequestError("your team has no such submission", found=submission)
        self.final = submission
        return self.team(token)

    def _final(self) -> int | None:
        return self.final or len(self.taken) or None


def _row(team: str, rank: str | None, hits: int, **more: object) -> BoardRowView:
    rate = Rate(hits, 30)
    given = (team, rank, (1, 3) if rank else None, False, hits, 30, rate.value, rate.exact)
    groups, baseline = more.get("groups"), bool(more.get("baseline"))
    return BoardRowView(*given, groups, baseline=baseline, submissions=2)  # type: ignore[arg-type]
