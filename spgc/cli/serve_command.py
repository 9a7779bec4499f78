"""`spgc serve`: a leaderboard server for a challenge of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import console, served_commands, streams
from spgc.cli.process_end import SaidStop, say_nothing_more
from spgc.cli.served_options import PORT_HELP, ServedFile
from spgc.contract.limits import MAX_SEED
from spgc.serving.new_server import INVALID_PER_HOUR, NewServer, init_server
from spgc.serving.run_server import HOST, PORT, Running, ready_server

commands = typer.Typer(
    no_args_is_help=True,
    help="Serve a challenge: a leaderboard with hidden labels, in one process and one file.",
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


@commands.callback()
def serve() -> None:
    """Serve a challenge: a leaderboard with hidden labels, in one process and one file."""


@commands.command("init")
def init(
    file: ServedFile,
    challenge: Annotated[
        Path,
        typer.Option(
            "--challenge",
            metavar="DIR",
            help="Folder that spgc challenge init made, with its private part.",
            show_default=False,
        ),
    ],
    public_share: Annotated[
        float | None,
        typer.Option(
            "--public-share",
            min=0.0,
            max=1.0,
            help="Share of each class that scores are shown of, 0.3 without; only where the "
            "challenge has no set that is not public.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, max=MAX_SEED, help="Seed of that division; drawn without.", show_default=False
        ),
    ] = None,
    invalid_per_hour: Annotated[
        int,
        typer.Option(
            "--invalid-per-hour",
            min=1,
            max=1000,
            help="Files that can't be read, per team and hour; they cost nothing else.",
        ),
    ] = INVALID_PER_HOUR,
    show_classes: Annotated[
        bool,
        typer.Option(
            "--show-classes",
            help="Show hits per class although that gives the labels away.",
        ),
    ] = False,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Make the file of a server from a challenge: everything is checked and copied in.

    It holds the hidden labels: keep it where you alone can read it. Says how much the scores give
    away that the challenge shows.

    [bold]Examples[/]

      spgc serve init flowers.db --challenge flowers
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    asked = NewServer(challenge, public_share, seed, invalid_per_hour, show_classes)
    served_commands.show_made(init_server(file, asked), file, json_out=json_out, quiet=quiet)


@commands.command("run")
def run(
    file: ServedFile,
    host: Annotated[
        str, typer.Option(help="Address to listen at; others than this machine's need TLS.")
    ] = HOST,
    port: Annotated[int, typer.Option(min=0, max=65535, help=PORT_HELP)] = PORT,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            "--proxy",
            metavar="ADDRESS",
            help="Address of a reverse proxy with TLS, whose forwarded headers count.",
            show_default=False,
        ),
    ] = None,
    tls_cert: Annotated[
        Path | None,
        typer.Option("--tls-cert", metavar="FILE", help="Certificate.", show_default=False),
    ] = None,
    tls_key: Annotated[
        Path | None,
        typer.Option("--tls-key", metavar="FILE", help="Its private key.", show_default=False),
    ] = None,
    quiet: console.QuietFlag = False,
) -> None:
    """Answer requests until Ctrl-C: pages, and the interface that spgc submit uses.

    Several processes may serve one file.

    [bold]Examples[/]

      spgc serve run flowers.db

      spgc serve run flowers.db --proxy 127.0.0.1
    """
    console.set_mode(quiet=quiet)
    try:
        ready = ready_server(Running(file, host, port, proxy or (), tls_cert, tls_key))
        for line in () if quiet else ready.lines:
            console.say(line)
        console.show_text(f"Serving {file} at {ready.address} (Ctrl-C stops it)")
        streams.flush_output()
        ready.run()
    except KeyboardInterrupt:
        console.say(f"Stopped. {file} keeps all that was answered; the same command starts again.")
        say_nothing_more()
        raise SaidStop from None


commands.command("token")(served_commands.token)
commands.command("open")(served_commands.open_challenge)
commands.command("close")(served_commands.close_challenge)
commands.command("reveal")(served_commands.reveal)
commands.command("export")(served_commands.export)
commands.command("audit")(served_commands.audit)
commands.command("backup")(served_commands.copy)
