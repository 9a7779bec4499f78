"""A whole leaderboard audited: the published one, or that of a folder or a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spgc.board.audit import audit, settled_by
from spgc.board.audit_rows import AuditFinding
from spgc.board.claims import MAX_SCANS, Claim, published_claims, read_claims
from spgc.board.published_board import published_board
from spgc.challenge.definition import Challenge
from spgc.errors import UsageError


@dataclass(frozen=True)
class BoardAudit:
    """How many rows were audited, and what does not add up or merely follows."""

    rows: int
    findings: tuple[AuditFinding, ...]

    @property
    def consistent(self) -> bool:
        """Whether no number contradicts another."""
        return not any(finding.contradiction for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": "spgc-audit/2",
            "rows": self.rows,
            "findings": [finding.as_dict() for finding in self.findings],
        }


def audit_board(
    board: Path | None, challenge: Challenge, sizes: Sequence[int] | None = None
) -> BoardAudit:
    """Audit a folder of rows, a JSON or CSV file, or without one the challenge's published rows.

    sizes: scans per class, for a CSV with rates. Raises LeaderboardError for rows that can't be
    read, UsageError for a challenge without published rows.
    """
    if board is not None:
        claims = read_claims(board, challenge, sizes)
        return BoardAudit(len(claims), tuple(audit(claims, challenge)))
    claims = _published(challenge)
    findings = settled_by(audit(claims, challenge), published_board(challenge))
    return BoardAudit(len(claims), tuple(findings))


def check_sizes(sizes: Sequence[object] | None, name: str, found: object) -> None:
    """Raise UsageError, with what was `found` under `name`, for what is no numbers of scans."""
    if sizes and not all(type(size) is int and 0 <= size <= MAX_SCANS for size in sizes):
        raise UsageError(
            f"{name} is not a list of numbers of scans",
            found=repr(found),
            expected=f"such as 35,20,35, each from 0 to {MAX_SCANS:,}",
        )


def _published(challenge: Challenge) -> list[Claim]:
    """The challenge's published rows. Raises UsageError where it has none."""
    claims = published_claims(challenge)
    if not claims:
        raise UsageError(
            "the challenge has no published rows",
            found=challenge.title,
            expected="a folder of rows, a JSON or CSV file",
            do="name the board to check",
        )
    return claims
