"""The `spgc` command: gathers the sub-commands and turns errors into one clear line."""

from __future__ import annotations

import atexit
import sys
from typing import Annotated

import typer

from spgc.cli import (
    agreement,
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
    streams,
    systems,
    train,
    validate,
    view,
)
from spgc.cli.help_text import FlowingGroup
from spgc.cli.leaving import leave, spare_last_collection
from spgc.errors import SpgcError
from spgc.jobs.child_processes import end_with_launcher
from spgc.jobs.idle_threads import share_machine
from spgc.jobs.interrupts import exit_code, stop_on_signals
from spgc.text.purpose import PURPOSE
from spgc.version import __version__

app = typer.Typer(
    name="spgc",
    cls=FlowingGroup,
    help="Evaluation and submission toolkit for the 2021 ICASSP COVID-19 SPGC: chest CT to "
    f"COVID-19, CAP or normal. {PURPOSE}",
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
app.command("agreement", rich_help_panel=SCORING)(agreement.agreement)
app.command("regress", rich_help_panel=SCORING)(regress.regress)
app.command("example", rich_help_panel=SCORING)(example.example)
app.command("report", rich_help_panel=LOOK)(report.report)
app.command("importance", rich_help_panel=LOOK)(importance.importance)
app.command("bench", rich_help_panel=LOOK)(bench.bench)
app.command("explain", rich_help_panel=LOOK)(explain.explain)
app.command("figure", rich_help_panel=LOOK)(figure.figure)
app.command("view", rich_help_panel=LOOK)(view.view)


STOPPED = 130
"""What typer makes of a KeyboardInterrupt, which signals to stop become here."""


def run() -> int:
    """Run the command line; its exit code.

    Bad input ends in one line and 1, wrong usage in 2, a signal to stop in 128 and its number.
    """
    streams.prepare_streams()
    try:
        code = _command()
        streams.flush_output()
    except OSError as error:
        return _broken(error)
    return code


def _command() -> int:
    try:
        app()
    except SpgcError as error:
        console.fail(error)
        return error.exit_code
    except SystemExit as end:
        if end.code != STOPPED:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        return _stopped()
    except KeyboardInterrupt:  # a second one, while the first was dealt with
        return _stopped()
    return 0


def _stopped() -> int:
    console.say("Stopped. Finished work is kept; the same command goes on from there.")
    return exit_code()


def _broken(error: OSError) -> int:
    """Exit code where the system refused; a line says so, unless the reader has just gone.

    Raises the error itself when it is none of the streams' and names no file.
    """
    stuck = streams.give_up()
    if isinstance(error, BrokenPipeError):  # `spgc leaderboard | head`
        return 0
    if not stuck and error.filename is None:
        raise error
    what, where = ("can't write the output", None) if stuck else ("can't go on", error.filename)
    console.set_mode()
    console.fail(SpgcError(what, where=where, found=error.strerror or str(error)))
    return 1


def main() -> None:
    """The process of the `spgc` command."""
    atexit.register(spare_last_collection)
    share_machine()
    stop_on_signals()
    end_with_launcher()
    try:
        code = run()
    except Exception:  # a fault of ours, told as Python tells it
        sys.excepthook(*sys.exc_info())
        code = 1
    leave(code, stopped=code > 128)


if __name__ == "__main__":
    main()
