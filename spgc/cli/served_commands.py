"""`spgc serve` on the file of a challenge: tokens, states, rows, audit, copies."""

from __future__ import annotations

import json
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import console, streams
from spgc.cli.served_options import ServedFile
from spgc.errors import UsageError
from spgc.files.foreign_names import name_for, place_in
from spgc.files.overwriting import check_outputs
from spgc.files.whole import make_folder, write_together
from spgc.serving.audit_server import audit_server
from spgc.serving.challenge_states import change_state, days_said
from spgc.serving.damage import damage_told
from spgc.serving.database import Database, backup
from spgc.serving.event_log import LogEvent, utc_now
from spgc.serving.exported_rows import exported_rows
from spgc.serving.new_server import MadeServer
from spgc.serving.served_challenge import load_served
from spgc.serving.token_files import token_file
from spgc.serving.tokens import new_token, revoke


def show_made(made: MadeServer, file: Path, *, json_out: bool, quiet: bool) -> None:
    """What `spgc serve init` made, and what comes next."""
    parts = made.parts.as_dict()
    if json_out:
        facts = {"file": str(file), "parts": parts, "limits": made.limits.as_dict()}
        console.show_json({"schema": "spgc-serve-init/1", **facts})
        return
    drawn = f", drawn with seed {made.parts.seed}" if made.parts.drawn else ""
    divided = f"{parts['public']} cases public, {parts['private']} private{drawn}"
    console.show_text(f"Wrote {file}: {divided}.")
    for line in () if quiet else made.limits.lines:
        console.say(line)
    console.say(f"{file} holds the labels: keep it to yourself.")
    console.say_next("serve", "token", file, "TEAM")


def token(
    file: ServedFile,
    team: Annotated[str, typer.Argument(help="Name of the team.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Write the token here instead of printing it; a new file that you alone can read.",
            show_default=False,
        ),
    ] = None,
    void: Annotated[
        bool, typer.Option("--revoke", help="Make the team's token void instead.")
    ] = False,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="The team is a baseline: its row takes no rank.")
    ] = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Make a team's token, shown once; a token that the team had before no longer works.

    Teams send it with each request; the file of the server holds its hash alone.

    [bold]Examples[/]

      spgc serve token flowers.db Ada

      spgc serve token flowers.db Ada --out ada.token

      spgc serve token flowers.db Ada --revoke
    """
    console.set_mode(quiet=quiet)
    if void and (out is not None or baseline):
        raise UsageError(
            "--revoke makes no token", expected="it alone, without --out or --baseline"
        )
    with closing(Database(file)) as database, damage_told(file):
        if void:
            revoke(database, team)
            console.show_text(f"The token of {team} is void; its submissions stay.")
        elif out is not None:
            with token_file(out) as write:
                new_token(database, team, baseline=baseline, hand_out=write)
            console.show_text(f"Wrote the token of {team} to {out}: give it to the team alone.")
        else:
            new_token(database, team, baseline=baseline, hand_out=partial(_print_token, team))


def _print_token(team: str, token: str) -> None:
    console.say(f"The token of {team}. It is shown once; give it to the team alone.")
    console.show_text(token, command=True)
    streams.flush_output()


def open_challenge(file: ServedFile, quiet: console.QuietFlag = False) -> None:
    """Open the challenge: submissions are taken from now on.

    A running server takes notice at once. Where challenge.toml says when the challenge opens or
    closes, submissions are taken between these days alone.

    [bold]Examples[/]

      spgc serve open flowers.db
    """
    _change(file, "open", "The challenge is open.", quiet=quiet)


def close_challenge(file: ServedFile, quiet: console.QuietFlag = False) -> None:
    """Close the challenge: no more submissions; teams may still choose their final answer.

    It can be opened again until the results are revealed.

    [bold]Examples[/]

      spgc serve close flowers.db
    """
    _change(file, "close", "The challenge is closed.", quiet=quiet)


def reveal(file: ServedFile, quiet: console.QuietFlag = False) -> None:
    """Show all results, for good: the final ranking with its private part.

    The challenge has to be closed, and can't be opened again.

    [bold]Examples[/]

      spgc serve reveal flowers.db
    """
    _change(file, "reveal", "All results are shown.", quiet=quiet)


def _change(file: Path, event: LogEvent, said: str, *, quiet: bool) -> None:
    console.set_mode(quiet=quiet)
    with closing(Database(file)) as database, damage_told(file):
        number, digest = change_state(database, event)
        with database.reading() as connection:
            known = load_served(connection).challenge
    console.show_text(said)
    if event == "open" and (waits := days_said(known, utc_now())):
        console.show_text(waits)
    console.say(f"Log line {number}, hash {digest}: it stands for all lines so far.")


def export(
    file: ServedFile,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Also write one file per row here.", show_default=False),
    ] = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Print the rows that may be shown now, as JSON in the form of leaderboard/.

    Teams without a score have no row. Where the challenge has public and private sets of its own,
    spgc leaderboard --challenge reads what --out wrote into the folder leaderboard beside the file
    of the challenge.

    [bold]Examples[/]

      spgc serve export flowers.db

      spgc serve export flowers.db --out rows
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    rows = exported_rows(file)
    if out is not None:
        texts = {}
        for row in rows:
            name = name_for(row.team, ".json")
            place = place_in(out, row.group, row.part, name, what="row")
            texts[place] = json.dumps(row.document, indent=2, ensure_ascii=False) + "\n"
        for folder in {place.parent for place in texts}:
            make_folder(folder)
            check_outputs(folder, [p.name for p in texts if p.parent == folder])
        write_together(texts)
    console.show_json({"schema": "spgc-serve-export/1", "rows": [row.document for row in rows]})


def audit(
    file: ServedFile,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Check the log's chain and score every submission again; exit 1 when something is wrong.

    Also names submissions of several teams with the same predictions.

    [bold]Examples[/]

      spgc serve audit flowers.db
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    made = audit_server(file)
    if json_out:
        console.show_json(made.as_dict())
    else:
        for what in made.wrong:
            console.show_text(f"wrong: {what}")
        for who in made.duplicates:
            console.show_text(f"same predictions: {who}")
        verdict = f"{len(made.wrong)} faults" if made.wrong else "nothing wrong"
        counts = f"{made.lines:,} log lines, {made.submissions:,} submissions scored again"
        console.show_text(f"{counts}: {verdict}.")
        console.show_text(f"Hash of the last line: {made.head}")
    if not made.good:
        raise typer.Exit(1)


def copy(
    file: ServedFile,
    to: Annotated[Path, typer.Argument(help="A new file.", show_default=False)],
    quiet: console.QuietFlag = False,
) -> None:
    """Copy the file while the server runs, by SQLite's own backup.

    The copy is the whole state: spgc serve run serves it as well.

    [bold]Examples[/]

      spgc serve backup flowers.db flowers-monday.db
    """
    console.set_mode(quiet=quiet)
    backup(file, to)
    console.show_text(f"Wrote {to}, which holds the labels too.")
