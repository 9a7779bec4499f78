"""`spgc reproduce`: papers' tables made again, with the published figures beside ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import completions, console
from spgc.cli.run_output import LISTENER, end_with
from spgc.cli.shared_options import (
    DataOption,
    DeviceOption,
    EngineOption,
    JobsOption,
    LabelsRelease,
    LungWeightsOption,
    ManifestsFolder,
    PrecisionOption,
    StoreOption,
    WorkersOption,
)
from spgc.contract.limits import MAX_SEED
from spgc.nets.device import Runtime
from spgc.runs.cases import DataFolder


def reproduce(
    tables: Annotated[
        list[str],
        typer.Argument(
            help="Tables to reproduce: table1 to table5, several or all; another team's; or "
            "rivals, which compares systems."
        ),
    ],
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for networks and results.")
    ] = Path("runs"),
    backbones: Annotated[
        str | None,
        typer.Option(help="Backbones to use, comma-separated.", show_default="all four"),
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
        str,
        typer.Option(
            "--preset",
            help="paper, or demo: small images, a third of the epochs.",
            autocompletion=completions.presets,
        ),
    ] = "paper",
    lungs: Annotated[
        str | None,
        typer.Option(
            "--lungs",
            autocompletion=completions.lung_methods,
            help="Lung method; see spgc preprocess.",
            show_default="the preset's",
        ),
    ] = None,
    lung_weights: LungWeightsOption = None,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Random seed.")] = 0,
    systems: Annotated[
        str | None,
        typer.Option(
            help="For rivals: systems to compare, comma-separated.",
            show_default="all built-in systems",
        ),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            metavar="SYSTEM.NAME=VALUE",
            help="For rivals: option of one system; repeatable.",
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
    """Reproduce tables of the paper: train what is missing, evaluate, compare with the paper.

    Each table gets its own folder under --out for networks, confusion matrices and figures; table5
    uses the networks of table4. Works on the available scans and lists the missing ones. rivals
    trains systems on the same scans, predicts every other split, and compares them on the same
    patients. Can be stopped at any time: the same command resumes. Several GPUs: torchrun, as for
    spgc train; not for rivals.

    [bold]Examples[/]

      spgc reproduce table4 --data ~/COVID-CT-MD --store ~/spgc-store --device cuda

      spgc reproduce all --weights ~/torchvision-weights --precision bf16 --workers 8

      spgc reproduce table1 table2 --data phantoms --preset demo --backbones resnext50

      spgc reproduce rivals --data phantoms --preset demo --systems cnr-iemn,density
    """
    # They import torch, which takes seconds: help and wrong usage go without.
    from spgc.cli.experiment_output import run_experiments
    from spgc.cli.reproduction_output import show_as_json, show_tables
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
        lungs=lungs,
        lung_weights=lung_weights,
        systems=[] if systems is None else _names(systems),
        options=option or [],
        engine=engine,
    )
    check_rival_options(asked)
    if (experiment := experiment_of(tables)) is not None:
        run_experiments(experiment.open(asked, LISTENER), json_out=json_out)
        return
    opened = open_reproduction(asked, LISTENER)
    if opened.helping:
        for name in opened.tables:
            opened.work.run(name)
    elif json_out:
        show_as_json(opened)
    else:
        show_tables(opened, out)
    if not opened.helping:
        end_with(opened.prepared)


def _names(text: str) -> list[str]:
    """Names with commas between; one that is empty where there are none."""
    return [name.strip() for name in text.split(",") if name.strip()] or [""]
