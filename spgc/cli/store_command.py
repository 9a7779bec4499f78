"""`spgc store`: what is kept on disk, checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import console
from spgc.cli.help_text import FlowingGroup
from spgc.cli.shared_options import StoreOption
from spgc.contract.limits import MAX_JOBS
from spgc.ct.store import SliceStore
from spgc.report.store_check_lines import store_document, store_lines, store_notes
from spgc.runs.store_check import check_store, remove_damaged

commands = typer.Typer(
    name="store",
    cls=FlowingGroup,
    help="Check the files on disk: scans, cached predictions, networks.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


@commands.callback()
def _group() -> None:
    pass


@commands.command("check")
def check(
    store: StoreOption = Path("store"),
    model: Annotated[
        list[Path] | None,
        typer.Option(
            "--model",
            help="Also check this model folder; repeatable.",
            show_default=False,
        ),
    ] = None,
    remove: Annotated[
        bool,
        typer.Option("--remove", help="Remove damaged items that can be rebuilt; never a model."),
    ] = False,
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", min=-1, max=MAX_JOBS, help="Processes for a large store; -1 for all cores."
        ),
    ] = -1,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Verify the checksums of everything in a slice store and in model folders.

    Reads every byte of each scan, its lung masks, its cached predictions, of converted networks and
    of model files. Damaged items are listed with their remedy, and the exit code is 1. Nothing
    needs to be done by hand: preprocess, train and predict rebuild damaged items when they need
    them. Scans stored by an older spgc have no checksums and count as damaged.

    [bold]Examples[/]

      spgc store check --store ~/spgc-store

      spgc store check --model ~/cnr-iemn --remove
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    place = SliceStore(store)
    report = check_store(place, model or [], console.track, jobs)
    removed = remove_damaged(place, report) if remove else ()
    if json_out:
        console.show_json(store_document(report, removed))
    else:
        console.show_all(store_lines(report, removed, remove=remove))
        for note in store_notes(report, remove=remove):
            console.say(note)
    if any(damage.where not in removed for damage in report.damaged):
        raise typer.Exit(1)
