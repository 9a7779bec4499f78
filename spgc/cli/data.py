"""`spgc data`: what is in a data folder, and manifests for one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from spgc.cli import console
from spgc.cli.options import ManifestsFolder

if TYPE_CHECKING:
    from spgc.data.check import CheckReport
    from spgc.protocol import Split

app = typer.Typer(
    no_args_is_help=True,
    help="Check a data folder, or make manifests for one of your own.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Root = Annotated[Path, typer.Argument(help="Folder of the data set.", show_default=False)]


@app.command()
def check(
    root: Root,
    manifests: ManifestsFolder = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Compare a folder with the manifests: everything missing, extra or doubtful in one pass.

    Recognises the challenge release, the figshare release, the released test sets and folders of
    your own. Reads no pixels. Exit code 1 when a split has holes or a scan can't be used.

    [bold]Examples[/]

      spgc data check ~/COVID-CT-MD

      spgc data check ~/Test_Data --json
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    from spgc.data.check import check as run
    from spgc.data.layout import open_dataset

    report = run(open_dataset(root, manifests), console.track)
    if json_out:
        console.show_json(report.as_dict())
    else:
        _show_check(report)
    if not report.ok:
        raise typer.Exit(1)


def _show_check(report: CheckReport) -> None:
    from spgc.report.tables import plain_table

    synthetic = any("synthetic" in state.certainty for state in report.splits)
    table = plain_table(f"Layout: {report.layout}", synthetic=synthetic)
    for name in ("Split", "State", "Scans", "How certain is the list"):
        table.add_column(name, justify="right" if name == "Scans" else "left")
    for state in report.splits:
        rows = ", ".join(f"{count} {word}" for word, count in state.certainty.items())
        table.add_row(state.name, state.word, f"{state.found}/{state.expected}", rows)
    console.show(table)
    console.show_text(f"Scans with slice labels: {report.slice_labelled}")
    for finding in report.findings:
        console.show_text(f"{finding.severity}: {finding.where}: {finding.what}")
    errors = sum(finding.severity == "error" for finding in report.findings)
    doubts = len(report.findings) - errors
    console.show_text(f"{errors} errors, {doubts} doubts.")


@app.command()
def index(
    root: Root,
    out: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads it at run time
        typer.Option("--out", help="Folder for the manifests.", show_default="ROOT/manifests"),
    ] = None,
    labels: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--labels", help="Classes as a Study,Label file.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace manifests.")] = False,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Make manifests for a folder of your own, so that every command works on it.

    A case is a folder of DICOM files and is called like it. Classes come from --labels or from
    class folders (such as "Cap subjects"); splits from test folders (such as "Test-2"), or "own".

    [bold]Examples[/]

      spgc data index ~/my-scans

      spgc data index ~/my-scans --labels labels.csv --out ~/my-manifests
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    from spgc.data.index import index_folder, read_labels, write_index

    splits = index_folder(root, None if labels is None else read_labels(labels))
    paths = write_index(splits, out or root / "manifests", force=force)
    if json_out:
        console.show_json({str(p): len(c) for p, c in zip(paths, splits.values(), strict=True)})
        return
    for path, cases in zip(paths, splits.values(), strict=True):
        unknown = sum(case.label is None for case in cases)
        console.show_text(f"wrote {path}: {len(cases)} cases, {unknown} without a class")


@app.command()
def info(
    split: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="A split; all of them without.", show_default=False),
    ] = None,
    json_out: console.JsonFlag = False,
) -> None:
    """Tell what a split is: scans per class, paper table, aliases, what is inferred.

    [bold]Examples[/]

      spgc data info

      spgc data info test2 --json
    """
    console.set_mode(json_out=json_out)
    from spgc.protocol import SPLITS, split_named

    wanted = [split_named(split)] if split else list(SPLITS.values())
    if json_out:
        console.show_json([_info(one) for one in wanted])
        return
    for one in wanted:
        _show_info(one)


def _info(split: Split) -> dict[str, object]:
    from spgc.protocol import CLASSES

    return {
        "name": split.name,
        "title": split.title,
        "scans": dict(zip(CLASSES, split.counts, strict=True)),
        "ranked": split.ranked,
        "aliases": list(split.aliases),
        "paper_table": split.paper_table,
        "note": split.note,
    }


def _show_info(split: Split) -> None:
    from spgc.protocol import CLASSES

    parts = ", ".join(f"{n} {name}" for name, n in zip(CLASSES, split.counts, strict=True) if n)
    ranked = "counts for the ranking" if split.ranked else "not in the ranking"
    console.show_text(f"{split.name}: {split.title}; {split.size} scans ({parts}); {ranked}")
    console.show_text(f"  paper: {split.paper_table}; {split.note}")
    console.show_text(f"  also called: {', '.join(split.aliases)}")
