"""`spgc reproduce`: the paper's tables made again, with the paper's figures beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from spgc.files.foreign_names import folder_in

if TYPE_CHECKING:
    from spgc.paper.cohort_counts import Count
    from spgc.paper.outcome import ReproducedTable
    from spgc.paper.reproduction import Reproduction

ALL = "all"


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
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 0,
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
    from spgc.cli.run_output import end_with, open_scans, report_trouble
    from spgc.data.slice_labels import check_release
    from spgc.nets import processes
    from spgc.nets.device import Runtime
    from spgc.paper.reproduced_tables import notes
    from spgc.paper.reproduction import Reproduction
    from spgc.runs.scans import labelled_scans
    from spgc.systems.cnr_iemn.scenarios import scale_named, scenario_config

    console.set_mode(quiet=quiet, json_out=json_out)
    names = _names(tables)
    folder = None if weights in (None, "imagenet", "none") else Path(str(weights))
    runtime = Runtime(
        device,
        precision,
        workers=workers,
        weights_folder=folder,
        answers=folder_in(store, "answers"),
    )
    runtime.torch_device()
    changes: dict[str, Any] = {"seed": seed}
    if weights is not None:
        changes["weights"] = "imagenet" if folder else weights
    if backbones is not None:
        changes["backbones"] = _backbones(backbones)
    scale = scale_named(preset)
    check_release(labels_release)
    processes.join(runtime.torch_device())
    if not processes.is_main():
        console.set_mode(quiet=True)
    with processes.main_first():
        for remark in Reproduction([], [], out, scale, changes, runtime).before_reading(names):
            console.say(remark)
        dataset, cases, prepared = open_scans(
            data,
            store,
            ["train", "val"],
            manifests,
            lungs=scenario_config(names[0], scale).lung_method,
            jobs=jobs,
            labels=labels_release,
        )
    report_trouble(prepared)
    train, val = (
        labelled_scans(dataset, prepared, [c for c in cases if c.split == split])
        for split in ("train", "val")
    )
    work = Reproduction(train, val, out, scale, changes, runtime, console.track)
    if not processes.is_main():
        for name in names:
            work.run(name)
        return
    if json_out:
        from spgc.paper.reproduced_files import outcome_record

        outcomes = [work.run(name) for name in names]
        console.show_json([outcome_record(one, runtime) for one in outcomes if one is not None])
        end_with(prepared)
        return
    told: tuple[Count, ...] = ()
    remarks: list[str] = []
    for name in names:
        told = _tell_counts(work, name, told)
        outcome = work.run(name)
        if outcome is None:
            continue
        _show(outcome, out)
        remarks += [note for note in notes(outcome, counted=False) if note not in remarks]
    for remark in remarks:
        console.show_text(remark)
    end_with(prepared)


def _names(tables: Sequence[str]) -> list[str]:
    """The scenarios asked for, in the paper's order, each once."""
    from spgc.errors import UsageError
    from spgc.systems.cnr_iemn.scenarios import SCENARIOS

    unknown = [name for name in tables if name not in (*SCENARIOS, ALL)]
    if unknown:
        raise UsageError(
            "unknown table", found=repr(unknown[0]), expected=" | ".join((*SCENARIOS, ALL))
        )
    return [name for name in SCENARIOS if name in tables or ALL in tables]


def _backbones(text: str) -> tuple[str, ...]:
    """Names with commas between, in the paper's order; ModelError for an unknown one."""
    from spgc.nets.slices.backbones import spec_named
    from spgc.systems.cnr_iemn.config import BACKBONES

    wanted = [name.strip() for name in text.split(",") if name.strip()]
    for name in wanted or [""]:
        spec_named(name)
    return tuple(name for name in BACKBONES if name in wanted)


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
