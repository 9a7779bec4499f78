"""`spgc submit`: a submission to a leaderboard server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import console
from spgc.cli.given_files import given_files
from spgc.report.receipt_lines import receipt_lines
from spgc.submissions.server_client import ChallengeServer
from spgc.submissions.team_token import read_token


def submit(
    file: Annotated[
        Path, typer.Argument(help="Submission (CSV); - for standard input.", show_default=False)
    ],
    server: Annotated[
        str,
        typer.Option(
            "--server",
            metavar="URL",
            help="Address of the server, such as https://leaderboard.example.org.",
            show_default=False,
        ),
    ],
    token_file: Annotated[
        Path,
        typer.Option(
            "--token-file",
            metavar="FILE",
            help="File with your team's token, which you alone can read.",
            show_default=False,
        ),
    ],
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Send a submission to a leaderboard server, checked here first.

    Checks the file by the challenge that the server serves, sends it, and prints what the server
    says. A file that can't be scored is not sent. The same file sent again counts once.

    [bold]Examples[/]

      spgc submit submission.csv --server http://127.0.0.1:8000 --token-file ada.token
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    token = read_token(token_file)
    given, _ = given_files([file], None)
    receipt = ChallengeServer(server).send(given[0], token)
    if json_out:
        console.show_json({"schema": "spgc-receipt/1", **receipt.document})
    else:
        console.show_all(receipt_lines(receipt))
