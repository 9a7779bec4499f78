"""`spgc preprocess`: scan folders to the slice store."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import completions, console
from spgc.cli.dask_options import DaskInsecureOption, DaskOption, DaskTlsOption, cluster_named
from spgc.cli.run_output import failure_lines, remark_lines
from spgc.cli.shared_options import DataOption, JobsOption, LungWeightsOption, StoreOption
from spgc.ct.preprocess import PreprocessReport
from spgc.ct.preprocess import preprocess as run
from spgc.ct.store import SliceStore
from spgc.data.layout import open_dataset
from spgc.errors import DataError
from spgc.runs.cases import DataFolder, named_splits
from spgc.runs.lung_settings import lung_settings
from spgc.text.command_lines import command_line


def preprocess(
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    split: Annotated[
        list[str] | None,
        typer.Option(
            "--split", help="Only this split; repeatable.", autocompletion=completions.splits
        ),
    ] = None,
    lungs: Annotated[
        str,
        typer.Option(
            "--lungs",
            autocompletion=completions.lung_methods,
            help="watershed-two-regions, watershed-one-region, watershed-closed, r231 (a network; "
            r"pip install 'spgc\[lungs]'), or none: no masks.",
        ),
    ] = "watershed-two-regions",
    lung_weights: LungWeightsOption = None,
    jobs: JobsOption = -1,
    dask: DaskOption = None,
    dask_tls: DaskTlsOption = None,
    dask_insecure: DaskInsecureOption = False,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Read every scan, find the lungs, and keep both in the slice store.

    Scans already stored from the same files with the same settings are skipped: after an
    interruption the same command resumes. Several processes or machines may work on one store. A
    scan that can't be read doesn't stop the others; it is named at the end, and the exit code is 1.

    [bold]Examples[/]

      spgc preprocess --data ~/COVID-CT-MD --store ~/spgc-store --jobs 4

      spgc preprocess --split test1 --split test2

      spgc preprocess --lungs watershed-one-region

      spgc preprocess --lungs r231 --lung-weights ~/weights

      spgc preprocess --dask tls://10.0.0.1:8786 --dask-tls ~/tls --data /shared/data
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    folders = case_folders(data, split or [])
    settings = lung_settings(lungs, lung_weights, console.say)
    cluster = cluster_named(dask, dask_tls, insecure=dask_insecure)
    with nullcontext() if cluster is None else cluster.joined(data, store):
        report = run(folders, SliceStore(store), settings, jobs=jobs or 1, track=console.track)
    if json_out:
        console.show_json({"schema": "spgc-preprocess/1", **_as_dict(report)})
    else:
        _show(report, store)
    if report.failures:
        raise typer.Exit(1)


def case_folders(data: Path, splits: list[str]) -> dict[str, Path | DataError]:
    """Scan folders by case ID, or why a scan can't be taken: all, or those of the named splits.

    Raises UsageError for an unknown split and DataError when no scan is left.
    """
    names = set(named_splits(DataFolder(data), splits))
    dataset = open_dataset(data)
    wanted = dataset.sources(
        case
        for case in (*dataset.folders, *dataset.refused)
        if not names or dataset.manifest[case].split in names
    )
    if not wanted:
        raise DataError(
            "no scans to work on",
            where=data,
            found=f"{len(dataset.folders)} scan folders, none of the wanted splits",
            expected="at least one",
            do=f"{command_line('spgc', 'data', 'check', data)} tells what is there",
        )
    for note in dataset.notes:
        console.say(note)
    return wanted


def _show(report: PreprocessReport, store: Path) -> None:
    console.show(
        f"Scans: {len(report.done)} stored, {len(report.reused)} in the store already, "
        f"{len(report.failures)} failed."
    )
    for line in remark_lines(report.notes):
        console.say(line)
    for line in failure_lines(report.failures):
        console.complain(line)
    console.say(f"Slice store: {store}")


def _as_dict(report: PreprocessReport) -> dict[str, object]:
    return {
        "done": list(report.done),
        "reused": list(report.reused),
        "failures": {case: failure.as_dict() for case, failure in report.failures.items()},
        "notes": {case: list(notes) for case, notes in report.notes.items()},
    }
