"""`spgc store`: what is kept on disk, checked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import console
from spgc.cli.help_text import FlowingGroup
from spgc.cli.shared_options import StoreOption
from spgc.ct.store import SliceStore
from spgc.data.findings import number
from spgc.runs.store_check import StoreReport, check_store, remove_damaged

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
    report = check_store(place, model or [], console.track)
    removed = remove_damaged(place, report) if remove else ()
    if json_out:
        console.show_json({"schema": "spgc-store/1", **_as_dict(report, removed)})
    else:
        _show(report, removed, remove=remove)
    if any(damage.where not in removed for damage in report.damaged):
        raise typer.Exit(1)


_NAMES = {
    "scan": "scan",
    "mask": "lung mask",
    "answers": "cached prediction",
    "network": "converted network",
    "model": "model file",
    "stray": "stray",
}


def _show(report: StoreReport, removed: tuple[Path, ...], *, remove: bool) -> None:
    for damage in report.damaged:
        if not damage.undigested:
            what = "removed" if damage.where in removed else "damaged"
            console.show_text(f"{what}: {damage.where}: {damage.found}. {damage.do}.")
    old = Counter(damage.kind for damage in report.damaged if damage.undigested)
    for kind, count in old.items():
        what = "removed" if remove else "without digests"
        console.show_text(
            f"{what}: {number(count, _NAMES[kind])} of an older spgc, which can't be "
            "checked. Nothing reads them any more: what needs one makes it again"
            f"{'' if remove else '; --remove removes the old ones'}."
        )
    parts = ", ".join(number(count, _NAMES[kind]) for kind, count in report.checked.items())
    console.show_text(
        f"Checked: {parts or 'nothing is kept here'}. Damaged: {len(report.damaged) - old.total()}."
    )
    if report.claims:
        console.say(
            f"{number(len(report.claims), 'scan')} being made by other processes, if "
            "those are alive."
        )
    stale = len(report.old_claims) + len(report.outdated)
    if stale and not remove:
        console.say(
            f"{number(stale, 'leftover')} of dead processes or of an older spgc, which "
            "nothing reads any more; --remove removes them."
        )


def _as_dict(report: StoreReport, removed: tuple[Path, ...]) -> dict[str, object]:
    return {
        "checked": {kind: report.checked[kind] for kind in report.checked},
        "damaged": [
            {
                "kind": damage.kind,
                "where": str(damage.where),
                "found": damage.found,
                "do": damage.do,
                "removed": damage.where in removed,
            }
            for damage in report.damaged
        ],
        "claims": [str(path) for path in report.claims],
        "old_claims": [str(path) for path in report.old_claims],
        "outdated": [str(path) for path in report.outdated],
        "removed": [str(path) for path in removed],
    }
