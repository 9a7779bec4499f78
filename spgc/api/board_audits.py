"""`spgc.audit_board` and `cite`: what does not add up in a leaderboard, and what to cite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.api.given_folders import path_of
from spgc.api.scores import shown
from spgc.api.shown import Shown
from spgc.board.audited_board import BoardAudit, check_sizes
from spgc.board.audited_board import audit_board as audit_rows
from spgc.challenge.spgc_challenge import challenge_given
from spgc.data.citations import CITATIONS, bibtex, reference
from spgc.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from spgc.challenge.definition import Challenge


class AuditResult(Shown, BoardAudit):
    """What does not add up in a leaderboard: `findings`, and `consistent` without any."""

    def __bool__(self) -> bool:
        return self.consistent

    def _line(self) -> str:
        wrong = sum(finding.contradiction for finding in self.findings)
        return f"Audit of {self.rows} rows: {wrong} contradictions"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.audit_lines import audit_lines

        return audit_lines(self.findings, self.rows)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per finding."""
        named = ("kind", "team", "set", "what", "contradiction", "settled")
        return [{key: one.as_dict()[key] for key in named} for one in self.findings]


def audit_board(
    board: str | Path | None = None,
    *,
    sizes: Sequence[int] | None = None,
    challenge: Challenge | str | Path | None = None,
) -> AuditResult:
    """Check a leaderboard for inconsistent numbers, as `spgc leaderboard audit` does.

    board: a folder of rows, a JSON or CSV file; without it the challenge's published rows. sizes:
    scans per class, for a CSV with rates. challenge: as `spgc.score` takes it. Finds rates that no
    whole number of patients gives, classes that don't sum to the total, and tables that don't add
    up. `if spgc.audit_board(...):` asks whether nothing contradicts another number.

    >>> import pathlib, tempfile
    >>> import spgc
    >>> board = pathlib.Path(tempfile.mkdtemp()) / "board.csv"
    >>> _ = board.write_text("team,accuracy,COVID-19,CAP,Normal\\nours,0.9,33/35,18/20,30/35\\n")
    >>> found = spgc.audit_board(board, sizes=[35, 20, 35])
    >>> found
    <Audit of 1 rows: 0 contradictions>

    Raises LeaderboardError for rows that can't be read, UsageError for a challenge without any.
    """
    listed = None if sizes is None else list(sizes) if isinstance(sizes, Sequence) else [sizes]
    check_sizes(listed, "sizes", listed)
    return shown(AuditResult, audit_rows(path_of(board), challenge_given(challenge), listed))


def cite(form: str = "bibtex") -> str:
    """What to cite, as `spgc cite` prints it: spgc, the CNR-IEMN paper and the data set.

    form: bibtex, or text: one line per work.

    >>> import spgc
    >>> spgc.cite().startswith("@software{")
    True
    >>> len(spgc.cite("text").splitlines())
    3

    Raises UsageError for another form.
    """
    if form == "bibtex":
        return "\n\n".join(map(bibtex, CITATIONS)) + "\n"
    if form == "text":
        return "\n".join(map(reference, CITATIONS)) + "\n"
    raise UsageError("unknown form of a citation", found=repr(form), expected="bibtex | text")
