"""What can be asked of the server, whoever asks: pages, the JSON interface, tests."""

from __future__ import annotations

from typing import Protocol

from spgc.errors import SpgcError
from spgc.serving.page_views import BoardView, ChallengeView, ReceiptView, TeamView


class RequestError(SpgcError):
    """A request that is not granted; `status` of HTTP, `retry`: seconds until it may be."""

    status = 400
    retry: int | None = None


class TokenError(RequestError):
    """No team has this token, or it was revoked: the same words for all of them."""

    status = 401


class Desk(Protocol):
    """One challenge that is being served. Every call may come from any thread."""

    def challenge(self) -> ChallengeView:
        """The challenge and its state."""
        ...

    def boards(self) -> tuple[BoardView, ...]:
        """The tables that may be shown now: `public`; once revealed `final` first."""
        ...

    def file(self, name: str) -> bytes:
        """A file for participants. Raises RequestError, 404, for any other name."""
        ...

    def team(self, token: str) -> TeamView:
        """The team's own history. Raises TokenError."""
        ...

    def submit(self, token: str, content: bytes) -> ReceiptView:
        """Read, store and score a submission.

        Raises TokenError, RequestError for a closed challenge or a limit, and the validator's
        SubmissionError for a file that can't be read.
        """
        ...

    def choose(self, token: str, submission: int) -> TeamView:
        """Make one of the team's submissions its final answer. Raises TokenError, RequestError
        for a number that is none of the team's and once results are revealed."""
        ...
