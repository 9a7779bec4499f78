"""`spgc reproduce`: the paper's tables made again, with the paper's figures beside ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spgc.cli import console
from spgc.cli.options import (
    DataOption,
    DeviceOption,
    JobsOption,
    LabelsRelease,
    ManifestsFolder,
    PrecisionOption,
    StoreOption,
    WorkersOption,
)
from spgc.cli.run_output import LISTENER, end_with
from spgc.contract.limits import MAX_SEED
from spgc.nets.device import Runtime
from spgc.runs.cases import DataFolder

# spgc.paper imports torch, which takes seconds: its help and wrong usage go without.
if TYPE_CHECKING:
    from spgc.paper.cohort_counts import Count
    from spgc.paper.outcome import ReproducedTable
    from spgc.paper.reproduce import Opened
    from spgc.paper.reproduction import Reproduction


def reproduce(
    tables: Annotated[list[str], typer.Argument(help="table1 to table5, several of them, or all.")],
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for networks and results.")
    ] = Path("runs"),
    backbones: Annotated[
        str | None,
        typer.Option(help="Some backbones only, with commas between.", show_default="all four"),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            help="imagenet (torchvision's cache or download), none (random start), or a folder "
            "with torchvision's weight files.",
            show_default="the preset's",
        ),
    ] = None,
    preset: Annotated[
        str, typer.Option("--preset", help="paper, or demo: small images, a third of the epochs.")
    ] = "paper",
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Seed of everything random.")] = 0,
    workers: WorkersOption = -1,
    device: DeviceOption = "auto",
    precision: PrecisionOption = "fp32",
    jobs: JobsOption = -1,
    labels_release: LabelsRelease = None,
    manifests: ManifestsFolder = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Make tables of the paper again: train what is missing, check, compare with the paper.

    Each table's networks, confusion matrices and figures go into a folder of their own under
    --out; table5 uses the networks of table4. Works on the scans that are there and says which
    are missing. Stop it at any time: the same command goes on. Several GPUs: torchrun, as for
    spgc train.

    [bold]Examples[/]

      spgc reproduce table4 --data ~/COVID-CT-MD --store ~/spgc-store --device cuda

      spgc reproduce all --weights ~/torchvision-weights --precision bf16 --workers 8

      spgc reproduce table1 table2 --data phantoms --preset demo --backbones resnext50
    """
    from spgc.paper.reproduce import Reproducing, open_reproduction

    console.set_mode(quiet=quiet, json_out=json_out)
    asked = Reproducing(
        tables,
        DataFolder(data, manifests, labels_release),
        store,
        out,
        [] if backbones is None else _names(backbones),
        weights,
        preset,
        seed,
        Runtime(device, precision, workers=workers),
        jobs or 1,
    )
    opened = open_reproduction(asked, LISTENER)
    if opened.helping:
        for name in opened.tables:
            opened.work.run(name)
    elif json_out:
        _show_json(opened)
    else:
        _show_tables(opened, out)
    if not opened.helping:
        end_with(opened.prepared)


def _names(text: str) -> list[str]:
    """Names with commas between; one that is empty where there are none."""
    return [name.strip() for name in text.split(",") if name.strip()] or [""]


def _show_json(opened: Opened) -> None:
    from spgc.paper.reproduced_files import outcome_record

    outcomes = [opened.work.run(name) for name in opened.tables]
    runtime = opened.work.runtime
    tables = [outcome_record(one, runtime) for one in outcomes if one is not None]
    console.show_json({"schema": "spgc-reproduce/1", "tables": tables})


def _show_tables(opened: Opened, out: Path) -> None:
    from spgc.paper.reproduced_tables import notes

    told: tuple[Count, ...] = ()
    remarks: list[str] = []
    for name in opened.tables:
        told = _tell_counts(opened.work, name, told)
        outcome = opened.work.run(name)
        if outcome is None:
            continue
        _show(outcome, out)
        remarks += [note for note in notes(outcome, counted=False) if note not in remarks]
    for remark in remarks:
        console.show_text(remark)


def _tell_counts(work: Reproduction, name: str, told: tuple[Count, ...]) -> tuple[Count, ...]:
    """Say before training what there is to train on, unless it was `told` for the last table."""
    from spgc.paper.cohort_counts import missing_scans, untaught_classes
    from spgc.paper.reproduced_tables import counts_table

    counts = work.counts(name)
    synthetic = any(scan.synthetic for scan in (*work.train, *work.val))
    if counts != told:
        console.show(counts_table(counts, synthetic=synthetic))
    if not told and not synthetic:
        for line in missing_scans(counts):
            console.show_text(line)
    for label in untaught_classes(counts) if not told else ():
        console.show_text(f"No {label} slice to train on: no network here can learn {label}.")
    return counts


def _show(outcome: ReproducedTable, out: Path) -> None:
    from spgc.paper.reproduced_tables import outcome_tables

    for table in outcome_tables(outcome):
        console.show(table)
    if not any(row.ours.total for row in outcome.accuracies):
        console.show_text(f"Nothing to check with: no labelled validation {outcome.unit} here.")
    console.show_text(f"wrote {out / outcome.scenario.name}")
