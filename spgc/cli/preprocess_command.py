"""`spgc preprocess`: scan folders to the slice store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import completions, console
from spgc.cli.dask_options import DaskInsecureOption, DaskOption, DaskTlsOption, cluster_named
from spgc.cli.run_output import LISTENER
from spgc.cli.shared_options import DataOption, JobsOption, LungWeightsOption, StoreOption
from spgc.ct.preprocess import PreprocessReport
from spgc.report.run_parts import filled_line
from spgc.report.scan_remarks import failure_lines, remark_lines
from spgc.runs.cases import DataFolder
from spgc.runs.fill_store import StoreFilling, fill_store


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
    cluster = cluster_named(dask, dask_tls, insecure=dask_insecure)
    asked = StoreFilling(
        DataFolder(data), store, split or [], lungs, lung_weights, jobs or 1, cluster
    )
    report = fill_store(asked, LISTENER)
    if json_out:
        console.show_json(report.as_dict())
    else:
        _show(report, store)
    if report.failures:
        raise typer.Exit(1)


def _show(report: PreprocessReport, store: Path) -> None:
    console.show(filled_line(report))
    for line in remark_lines(report.notes):
        console.say(line)
    for line in failure_lines(report.failures):
        console.complain(line)
    console.say(f"Slice store: {store}")
