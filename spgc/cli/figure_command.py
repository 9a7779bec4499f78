"""`spgc figure`: figures of the paper, drawn from the user's own data, model and runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import completions, console
from spgc.cli.shared_options import (
    CellsOption,
    DataOption,
    DeviceOption,
    DpiOption,
    EngineOption,
    ManifestsFolder,
    MasksOption,
    ModelOption,
    OpenOption,
    PredictionOption,
    SeedOption,
    StoreOption,
)
from spgc.contract.system import RunSettings
from spgc.ct.lungs import check_method
from spgc.explain.classifier_map import RiseSettings
from spgc.files.foreign_names import folder_in
from spgc.files.overwriting import check_outputs
from spgc.paper.figures.catalogue import FIGURES, figures_named
from spgc.paper.figures.figure_sources import Sources
from spgc.report.pictures import KINDS, write_figure
from spgc.report.score_tables import plain_table

LIST = "list"


def figure(
    names: Annotated[
        list[str], typer.Argument(metavar="NUMBER", help="Figure numbers such as 13, or list.")
    ],
    case: Annotated[
        list[str] | None,
        typer.Option(
            "--case",
            help="Case to show; repeatable.",
            show_default="chosen to suit the figure",
        ),
    ] = None,
    examples: Annotated[
        int,
        typer.Option(
            "--examples", min=1, max=1000, help="Number of slices in a figure of heat maps."
        ),
    ] = 2,
    submission: Annotated[
        list[Path] | None,
        typer.Option(
            "--submission",
            help="Your submission, for figure 11; repeat for one per split.",
            show_default=False,
        ),
    ] = None,
    runs: Annotated[Path, typer.Option("--runs", help="Folder of spgc reproduce.")] = Path("runs"),
    lungs: Annotated[
        str,
        typer.Option(
            "--lungs",
            help="Lung segmentation method of figures 1, 3, 5 and 12.",
            autocompletion=completions.lung_methods,
        ),
    ] = "watershed-two-regions",
    masks: MasksOption = 4000,
    cells: CellsOption = 7,
    probability: OpenOption = 0.5,
    seed: SeedOption = 0,
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    model: ModelOption = Path("model"),
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files.")] = Path(
        "figures"
    ),
    device: DeviceOption = "auto",
    precision: PredictionOption = "auto",
    engine: EngineOption = "auto",
    manifests: ManifestsFolder = None,
    dpi: DpiOption = None,
    quiet: console.QuietFlag = False,
) -> None:
    """Reproduce figures of the paper from your own data: figureN.png, .svg and .pdf.

    Figures 13 to 15 take validation scans that the model answers right, and of each the slice that
    its classifiers are surest of.

    [bold]Examples[/]

      spgc figure list

      spgc figure 1 3 5 12 --data ~/COVID-CT-MD --store ~/spgc-store

      spgc figure 6 7 8 9 10 --runs runs

      spgc figure 13 14 15 --model ~/cnr-iemn --examples 1
    """
    console.set_mode(quiet=quiet)
    if LIST in names:
        _list()
        return
    wanted = figures_named(names)
    check_method(lungs, masks=True)
    check_outputs(out, [f"figure{one.number}.{kind}" for one in wanted for kind in KINDS])
    sources = Sources(
        data,
        store,
        model,
        runs,
        manifests,
        tuple(submission or ()),
        tuple(case or ()),
        lungs,
        examples,
        RiseSettings(masks, cells, probability, seed),
        RunSettings(device, precision, answers=folder_in(store, "answers"), engine=engine),
        console.track,
    )
    for one in wanted:
        for path in write_figure(one.draw(sources), out / f"figure{one.number}", dpi):
            console.show_text(f"wrote {path}")


def _list() -> None:
    table = plain_table("Figures of the paper")
    for name in ("Figure", "Shows", "Made from"):
        table.add_column(name)
    for one in FIGURES.values():
        table.add_row(one.number, one.shows, one.needs)
    console.show(table)
