"""`spgc data`: what is in a data folder, and manifests for one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.challenge.spgc_challenge import SPGC
from spgc.cli import console
from spgc.cli.shared_options import ManifestsFolder, ManifestsOption
from spgc.data.croissant import croissant as document
from spgc.data.info import describe_splits
from spgc.report.data_check_parts import data_check_parts
from spgc.report.split_facts import index_lines, split_lines
from spgc.submissions.case_labels import read_labels

commands = typer.Typer(
    no_args_is_help=True,
    help="Check a data folder, or write manifests for your own.",
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

Root = Annotated[Path, typer.Argument(help="Folder of the data set.", show_default=False)]


@commands.command()
def check(
    root: Root,
    manifests: ManifestsFolder = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Compare a folder with the manifests: lists everything missing, extra or doubtful in one run.

    Recognises the challenge release, the figshare release, the released test sets and folders of
    your own. Reads a few bytes of each file and no pixels. A split with no scans at all counts as
    absent, not as an error. Exit code 1 when a split has missing cases or a scan can't be used.

    [bold]Examples[/]

      spgc data check ~/COVID-CT-MD

      spgc data check ~/Test_Data --json
    """
    # Readers of CT, an extra that the other commands here do without.
    from spgc.data.check import check as run
    from spgc.data.layout import open_dataset

    console.set_mode(quiet=quiet, json_out=json_out)
    report = run(open_dataset(root, manifests), console.track)
    if json_out:
        console.show_json(report.as_dict())
    else:
        console.show_all(data_check_parts(report))
    if not report.ok:
        raise typer.Exit(1)


@commands.command()
def index(
    root: Root,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the manifests.", show_default="ROOT/manifests"),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="Class labels, a Study,Label file.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace existing manifests.")] = False,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Write manifests for your own folder, so that every command works on it.

    A case is a folder of DICOM files; its name is the case ID. Classes come from --labels or from
    class folders (such as "Cap subjects" or "Normal"); splits from the nearest folder called train,
    val or Test-1 to Test-4, or "own". All manifests are written or none.

    [bold]Examples[/]

      spgc data index ~/my-scans

      spgc data index ~/my-scans --labels labels.csv --out ~/my-manifests
    """
    # Reads CT, as above.
    from spgc.data.index import index_folder, write_index

    console.set_mode(quiet=quiet, json_out=json_out)
    splits = index_folder(root, None if labels is None else read_labels(labels, SPGC))
    made = write_index(splits, out or root / "manifests", force=force)
    if json_out:
        console.show_json(made.as_dict())
    else:
        console.show_all(index_lines(made))


@commands.command()
def info(
    split: Annotated[
        str | None,
        typer.Argument(help="Name of the split; without it, all splits.", show_default=False),
    ] = None,
    manifests: ManifestsOption = None,
    json_out: console.JsonFlag = False,
) -> None:
    """Describe a split: scans per class, paper table, aliases, certainty of the list, its manifest.

    Needs no data, only the manifests that come with spgc, or your own with --manifests.

    [bold]Examples[/]

      spgc data info

      spgc data info test2

      spgc data info low-dose --json

      spgc data info own --manifests ~/my-scans/manifests
    """
    console.set_mode(json_out=json_out)
    told = describe_splits(split, manifests)
    if json_out:
        console.show_json({"schema": "spgc-data-info/1", "sets": told})
        return
    for one in told:
        console.show_all(split_lines(one, rows=split is not None))


@commands.command()
def croissant() -> None:
    """Print the manifests as a Croissant 1.1 document, which loaders of data sets can read.

    The same document is kept next to the manifests as croissant.json; `make croissant` writes it.

    [bold]Examples[/]

      spgc data croissant > croissant.json
    """
    console.show_foreign_json(document())
