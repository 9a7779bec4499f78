"""The `spgc` command: gathers the sub-commands and turns errors into one clear line."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from spgc import __version__
from spgc.cli import console, example, leaderboard, preprocess, score, validate, view
from spgc.errors import SpgcError

app = typer.Typer(
    name="spgc",
    help="Evaluation and submission toolkit for the 2021 ICASSP COVID-19 SPGC: chest CT to "
    "COVID-19, CAP or normal. Research software, not for diagnosis.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"spgc {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


app.command("preprocess")(preprocess.preprocess)
app.command("view")(view.view)
app.command("validate")(validate.validate)
app.command("score")(score.score)
app.add_typer(leaderboard.app, name="leaderboard")
app.command("example")(example.example)


def main() -> None:
    """Run the command line; bad input ends in one line and exit code 1, wrong usage in 2."""
    try:
        app()
    except SpgcError as error:
        console.fail(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        console.say("Stopped. Finished work is kept; the same command goes on from there.")
        sys.exit(130)
    except BrokenPipeError:  # `spgc leaderboard | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
