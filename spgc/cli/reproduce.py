"""`spgc reproduce`: papers' tables made again, with the published figures beside ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spgc.cli import console
from spgc.cli.options import (
    DataOption,
    DeviceOption,
    EngineOption,
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
    from spgc.paper.experiments import Work
    from spgc.paper.outcome import ReproducedTable
    from spgc.paper.reproduce import Opened
    from spgc.paper.reproduction import Reproduction


def reproduce(
    tables: Annotated[
        list[str],
        typer.Argument(
            help="table1 to table5, several of them, or all; another team's; or rivals, which "
            "compares systems."
        ),
    ],
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
    lungs: Annotated[
        str | None,
        typer.Option(
            "--lungs", help="Lung method; see spgc preprocess.", show_default="the preset's"
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Seed of everything random.")] = 0,
    systems: Annotated[
        str | None,
        typer.Option(
            help="Of rivals: which, with commas between.", show_default="all that come with spgc"
        ),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            metavar="SYSTEM.NAME=VALUE",
            help="Of rivals: option of one system; may be given several times.",
            show_default=False,
        ),
    ] = None,
    engine: EngineOption = "auto",
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
    are missing. rivals trains systems on the same scans, predicts every other split, and compares
    them on the same patients. Stop it at any time: the same command goes on. Several GPUs:
    torchrun, as for spgc train; not for rivals.

    [bold]Examples[/]

      spgc reproduce table4 --data ~/COVID-CT-MD --store ~/spgc-store --device cuda

      spgc reproduce all --weights ~/torchvision-weights --precision bf16 --workers 8

      spgc reproduce table1 table2 --data phantoms --preset demo --backbones resnext50

      spgc reproduce rivals --data phantoms --preset demo --systems cnr-iemn,density
    """
    from spgc.paper.experiments import check_rival_options, experiment_of
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
        lungs,
        [] if systems is None else _names(systems),
        option or [],
        engine,
    )
    check_rival_options(asked)
    if (experiment := experiment_of(tables)) is not None:
        _experiments(experiment.open(asked, LISTENER), json_out=json_out)
        return
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


def _experiments(work: Work, *, json_out: bool) -> None:
    """Run what is no table of the CNR-IEMN paper, and show it."""
    if work.helping:
        for name in work.names:
            work.run(name)
        return
    if json_out:
        results = [work.run(name) for name in work.names]
        console.show_json([dict(one.record()) for one in results if one is not None])
    else:
        _show_experiments(work)
    end_with(work.prepared)
    if work.failed:
        raise typer.Exit(1)


def _show_experiments(work: Work) -> None:
    remarks: dict[str, None] = {}
    for name in work.names:
        for said in work.introduction(name):
            console.show(said)
        if (result := work.run(name)) is None:
            continue
        for table in result.tables():
            console.show(table)
        console.show_text(f"wrote {result.folder}")
        remarks |= dict.fromkeys(result.notes())
    for remark in remarks:
        console.show_text(remark)


def _show_json(opened: Opened) -> None:
    from spgc.paper.reproduced_files import outcome_record

    outcomes = [opened.work.run(name) for name in opened.tables]
    runtime = opened.work.runtime
    console.show_json([outcome_record(one, runtime) for one in outcomes if one is not None])


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
