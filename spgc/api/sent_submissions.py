"""`spgc.submit`: a submission to a leaderboard server, in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.api.given_tables import table_file
from spgc.api.shown import Shown
from spgc.errors import UsageError
from spgc.submissions.server_client import ChallengeServer
from spgc.submissions.server_receipt import Receipt
from spgc.submissions.team_token import check_token, read_token

if TYPE_CHECKING:
    from rich.console import RenderableType

    from spgc.api.given_tables import GivenAnswers


class SubmitResult(Shown, Receipt):
    """What the server said: `said`, the submission's `number`, and what is `left` of the limits."""

    def _line(self) -> str:
        return f"{self.team}, submission {self.number}: {self.said}"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.receipt_lines import receipt_lines

        return receipt_lines(self)

    def _html(self) -> str:
        from spgc.report.page.blocks import block

        return block(notes=list(map(str, self._parts())))

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        return [{"team": self.team, "submission": self.number, "said": self.said, **self.left}]

    def as_dict(self) -> dict[str, Any]:
        """The server's answer as plain values."""
        return dict(self.document)


def submit(
    answers: GivenAnswers,
    server: str,
    *,
    token: str | None = None,
    token_file: str | Path | None = None,
) -> SubmitResult:
    """Send answers to a leaderboard server, as `spgc submit` does.

    answers: as `spgc.score` takes them; server: its address, such as
    `https://leaderboard.example.org`; token: of your team, or token_file, the file that holds it.
    The answers are checked here first, by the challenge that the server serves.

    Raises SubmissionError for answers that can't be scored, with the words of `spgc.validate`,
    ServerError where the server can't be reached or takes nothing, and UsageError unless one of
    `token` and `token_file` is given.

    >>> import spgc
    >>> spgc.submit("submission.csv", "https://leaderboard.example.org")
    Traceback (most recent call last):
    ...
    spgc.errors.UsageError: one token is needed: found none or two, ...
    """
    if (token is None) == (token_file is None):
        raise UsageError(
            "one token is needed", found="none or two", expected="either token= or token_file="
        )
    if token is None:
        token = read_token(Path(str(token_file)))
    check_token(token)
    made = ChallengeServer(server).send(table_file(answers, "answers"), token)
    return SubmitResult(made.document)
