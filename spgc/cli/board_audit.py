"""`spgc leaderboard audit`: printed rows that contradict themselves or each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.board.audit import audit as run_audit
from spgc.board.audit import settled_by
from spgc.board.claims import MAX_SCANS, Claim, published_claims, read_claims
from spgc.board.published_board import published_board
from spgc.challenge.definition import Challenge
from spgc.challenge.spgc_challenge import challenge_given
from spgc.cli import console
from spgc.cli.shared_options import ChallengeOption
from spgc.errors import UsageError
from spgc.report.audit_lines import audit_lines

BoardArgument = Annotated[
    Path | None,
    typer.Argument(
        help="Folder of rows, JSON or CSV file (default: the challenge's published rows).",
        show_default=False,
    ),
]


def audit(
    board: BoardArgument = None,
    cases: Annotated[
        str, typer.Option("--cases", help="Scans per class, for a CSV with rates: 35,20,35.")
    ] = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 1 if any inconsistency is found.")
    ] = False,
    challenge: ChallengeOption = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Check a leaderboard for inconsistent numbers: rates, class counts and totals.

    Finds rates that no whole number of patients gives, classes that don't sum to the total, tables
    that don't add up to the overall row, and the single cells whose correction would resolve it.

    [bold]Examples[/]

      spgc leaderboard audit

      spgc leaderboard audit other-board.csv --cases 35,20,35

      spgc leaderboard audit my-rows/ --strict --json
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    known, sizes = challenge_given(challenge), _sizes(cases)
    claims = _published(known) if board is None else read_claims(board, known, sizes)
    findings = run_audit(claims, known)
    if board is None:
        findings = settled_by(findings, published_board(known))
    if json_out:
        console.show_json(
            {
                "schema": "spgc-audit/2",
                "rows": len(claims),
                "findings": [finding.as_dict() for finding in findings],
            }
        )
    else:
        for line in audit_lines(findings, len(claims), remarks=not quiet):
            console.show(line)
    if strict and any(finding.contradiction for finding in findings):
        raise typer.Exit(1)


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


def _sizes(text: str) -> list[int] | None:
    try:
        sizes = [int(part) for part in text.split(",")] if text else None
    except ValueError:
        sizes = [-1]
    if sizes and not all(0 <= size <= MAX_SCANS for size in sizes):
        raise UsageError(
            "--cases is not a list of numbers of scans",
            found=repr(text[:80]),
            expected=f"such as 35,20,35, each from 0 to {MAX_SCANS:,}",
        )
    return sizes
