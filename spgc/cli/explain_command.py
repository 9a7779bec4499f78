"""`spgc explain`: which parts of a slice or a scan speak for a class, as maps and in numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import console
from spgc.cli.run_output import LISTENER
from spgc.cli.shared_options import (
    DataOption,
    DeviceOption,
    DpiOption,
    EngineOption,
    ManifestsFolder,
    ModelOption,
    OpenOption,
    PredictionOption,
    SeedOption,
    StoreOption,
)
from spgc.contract.limits import MAX_CELLS, MAX_MASKS, MAX_SLICES_NAMED
from spgc.contract.system import RunSettings
from spgc.explain.explained_volume import VOLUME_CELLS, VOLUME_MASKS
from spgc.explain.masks import CELLS
from spgc.explain.rise import MASKS
from spgc.files.foreign_names import folder_in
from spgc.report.explained_case import Explaining, explain_case
from spgc.report.explained_parts import SliceOptions
from spgc.report.explained_tables import explained_document, explained_notes, explained_parts
from spgc.runs.cases import DataFolder


def explain(
    case: Annotated[str, typer.Argument(metavar="CASE", help="Case ID.")],
    slices: Annotated[
        list[int] | None,
        typer.Option(
            "--slice",
            help="Slice number, counted from the head, starting at 1; repeatable.",
            show_default=False,
        ),
    ] = None,
    worst: Annotated[
        bool,
        typer.Option(
            "--worst", help="Choose the slices with the lowest probability of their true class."
        ),
    ] = False,
    infected: Annotated[
        bool, typer.Option("--infected", help="Choose only slices labelled as infected.")
    ] = False,
    top: Annotated[
        int | None,
        typer.Option(
            "--top",
            min=1,
            max=MAX_SLICES_NAMED,
            help="Number of slices when no --slice is given.",
            show_default="1",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            help="Class to explain.",
            show_default="the scan's predicted class; with --slice or --worst, the slice's",
        ),
    ] = None,
    backbone: Annotated[
        list[str] | None,
        typer.Option(
            "--backbone",
            "--network",
            help="Slice classifier, or network of whole scans; repeatable.",
            show_default="all",
        ),
    ] = None,
    masks: Annotated[
        int | None,
        typer.Option(
            "--masks",
            min=2,
            max=MAX_MASKS,
            help="Maximum number of random masks.",
            show_default=f"{MASKS}; {VOLUME_MASKS} of whole scans",
        ),
    ] = None,
    cells: Annotated[
        int | None,
        typer.Option(
            "--cells",
            min=1,
            max=MAX_CELLS,
            help="Cells per side of a mask.",
            show_default=f"{CELLS}; {VOLUME_CELLS} of whole scans",
        ),
    ] = None,
    probability: OpenOption = 0.5,
    seed: SeedOption = 0,
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    model: ModelOption = Path("model"),
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files.")] = Path(
        "explain"
    ),
    device: DeviceOption = "auto",
    precision: PredictionOption = "auto",
    engine: EngineOption = "auto",
    manifests: ManifestsFolder = None,
    json_out: console.JsonFlag = False,
    dpi: DpiOption = None,
    quiet: console.QuietFlag = False,
) -> None:
    """Draw RISE heat maps of slices, or of whole scans: which regions drive the networks.

    Random masks hide parts of the slice; a pixel's value is the class probability averaged over the
    masks that show it. Each map is reported with its faithfulness (insertion and deletion AUC) and
    its share within the lungs. Writes CASE-slice-N.png, .svg, .pdf and .json. Without --slice it
    takes the slices that support the scan's predicted class most, with much lung and not next to
    each other.

    Of a system whose networks read whole scans the map is in 3-D, shown in three planes through its
    hottest place: CASE-volume.png, .svg, .pdf and .json. Each network answers some 300 times; how
    long that takes is said at the start.

    [bold]Examples[/]

      spgc explain P002 --slice 70

      spgc explain cap002 --infected --top 3 --target CAP

      spgc explain P002 --worst --backbone densenet161 --masks 8000

      spgc explain P002 --model unisheff --masks 128
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    asked = Explaining(
        case,
        DataFolder(data, manifests),
        store,
        model,
        out,
        SliceOptions(slices or [], worst, infected, top),
        target,
        backbone or (),
        masks,
        cells,
        probability,
        seed,
        RunSettings(device, precision, answers=folder_in(store, "answers"), engine=engine),
        dpi,
    )
    done = explain_case(asked, LISTENER)
    if json_out:
        console.show_json(explained_document(done))
        return
    console.show_all(explained_parts(done, out))
    for note in explained_notes(done):
        console.say(note)
