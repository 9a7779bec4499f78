"""`spgc leaderboard audit`: printed rows that contradict themselves or each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.board.audited_board import audit_board, check_sizes
from spgc.challenge.spgc_challenge import challenge_given
from spgc.cli import console
from spgc.cli.shared_options import ChallengeOption
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
    made = audit_board(board, known, sizes)
    if json_out:
        console.show_json(made.as_dict())
    else:
        for line in audit_lines(made.findings, made.rows, remarks=not quiet):
            console.show(line)
    if strict and not made.consistent:
        raise typer.Exit(1)


def _sizes(text: str) -> list[int] | None:
    try:
        sizes = [int(part) for part in text.split(",")] if text else None
    except ValueError:
        sizes = [-1]
    check_sizes(sizes, "--cases", text[:80])
    return sizes
