"""The `spgc` command: gathers the sub-commands and turns errors into one clear line."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

from spgc import __version__
from spgc.cli import (
    bench,
    compare,
    console,
    data,
    demo,
    example,
    explain,
    figure,
    importance,
    leaderboard,
    merge,
    phantom,
    predict,
    preprocess,
    quantise,
    regress,
    report,
    reproduce,
    score,
    store,
    systems,
    train,
    validate,
    view,
)
from spgc.cli.help_text import FlowingGroup
from spgc.errors import SpgcError

app = typer.Typer(
    name="spgc",
    cls=FlowingGroup,
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


WORK, SCORING, LOOK = "From scans to answers", "From answers to the leaderboard", "Looking"

app.command("demo", rich_help_panel=WORK)(demo.demo)
app.add_typer(data.app, name="data", rich_help_panel=WORK)
app.command("phantom", rich_help_panel=WORK)(phantom.phantom)
app.command("preprocess", rich_help_panel=WORK)(preprocess.preprocess)
app.command("train", rich_help_panel=WORK)(train.train)
app.command("systems", rich_help_panel=WORK)(systems.systems)
app.command("quantise", rich_help_panel=WORK)(quantise.quantise)
app.command("predict", rich_help_panel=WORK)(predict.predict)
app.command("reproduce", rich_help_panel=WORK)(reproduce.reproduce)
app.command("merge", rich_help_panel=WORK)(merge.merge)
app.add_typer(store.app, name="store", rich_help_panel=WORK)
app.command("validate", rich_help_panel=SCORING)(validate.validate)
app.command("score", rich_help_panel=SCORING)(score.score)
app.add_typer(leaderboard.app, name="leaderboard", rich_help_panel=SCORING)
app.command("compare", rich_help_panel=SCORING)(compare.compare)
app.command("regress", rich_help_panel=SCORING)(regress.regress)
app.command("example", rich_help_panel=SCORING)(example.example)
app.command("report", rich_help_panel=LOOK)(report.report)
app.command("importance", rich_help_panel=LOOK)(importance.importance)
app.command("bench", rich_help_panel=LOOK)(bench.bench)
app.command("explain", rich_help_panel=LOOK)(explain.explain)
app.command("figure", rich_help_panel=LOOK)(figure.figure)
app.command("view", rich_help_panel=LOOK)(view.view)


STOPPED = 130
"""Exit code after Ctrl-C, as shells have it; typer turns the interrupt into this code."""


def _leave_quickly() -> None:
    """Spare Python's last collection, which looks through all of every library, for 0.3 s.

    Not with torch: Triton calls everything leaked that was not collected.
    """
    if "torch" not in sys.modules:
        gc.freeze()


def main() -> None:
    """Run the command line; bad input ends in one line and exit code 1, wrong usage in 2."""
    atexit.register(_leave_quickly)
    try:
        app()
    except SpgcError as error:
        console.fail(error)
        sys.exit(error.exit_code)
    except SystemExit as stop:
        if stop.code == STOPPED:
            console.say("Stopped. Finished work is kept; the same command goes on from there.")
        raise
    except BrokenPipeError:  # `spgc leaderboard | head`
        _drop_output()
        sys.exit(0)
    except OSError as error:  # `spgc score ... > file` on a full disk
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        _drop_output()
        with suppress(OSError):
            where = error.filename or "standard output"
            sys.stderr.write(f"error: no space left to write to [{where}]\n")
        sys.exit(1)


def _drop_output() -> None:
    """What could not be written is not tried again when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
