"""`spgc explain`: which parts of a slice or a scan speak for a class, as maps and in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import console
from spgc.cli.explained_output import Part, show_parts
from spgc.cli.explained_parts import Asked, SliceOptions
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
from spgc.contract.limits import MAX_CELLS, MAX_MASKS
from spgc.contract.scan import KnownCase, Scan
from spgc.contract.slices import ExplainableSlices
from spgc.contract.system import RunSettings
from spgc.contract.volumes import ExplainableVolumes
from spgc.data.case_names import same_name_form
from spgc.data.layout import open_dataset
from spgc.errors import DataError, UsageError
from spgc.explain.classifier_map import RiseSettings
from spgc.explain.explained_slice import explainable
from spgc.explain.explained_volume import (
    VOLUME_CELLS,
    VOLUME_MASKS,
)
from spgc.explain.masks import CELLS
from spgc.explain.rise import MASKS
from spgc.files.foreign_names import folder_in
from spgc.files.overwriting import check_outputs
from spgc.protocol import CLASSES, class_named
from spgc.runs.scans import known_scan
from spgc.systems.registry import load_system
from spgc.text.command_lines import command_line


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
            max=10_000,
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
    wanted, choice = _class(target), SliceOptions(slices or [], worst, infected, top)
    check_outputs(out)
    run = RunSettings(device, precision, answers=folder_in(store, "answers"), engine=engine)
    system = load_system(model, run)
    whole = not isinstance(system, ExplainableSlices) and isinstance(system, ExplainableVolumes)
    if whole:
        choice.refuse(system)
    else:
        explainable(system)
    scan, known = _scan(case, data, store, manifests, system.lung_method)
    usual = (VOLUME_MASKS, VOLUME_CELLS) if whole else (MASKS, CELLS)
    settings = RiseSettings(masks or usual[0], cells or usual[1], probability, seed)
    asked = Asked(system, scan, known, wanted, tuple(backbone or ()), settings, out, dpi)
    done: Sequence[Part] = [asked.whole_scan()] if whole else asked.slices(choice)
    show_parts(done, out, json_out=json_out)


def _class(target: str | None) -> int | None:
    """The index of a class named in any spelling."""
    if target is None:
        return None
    name = class_named(target)
    if name is None:
        raise UsageError("unknown class", found=repr(target), expected=" | ".join(CLASSES))
    return CLASSES.index(name)


def _scan(
    case: str, data: Path, store: Path, manifests: Path | None, lungs: str
) -> tuple[Scan, KnownCase]:
    """The scan, read and segmented if it has to be, and what the data set knows of it."""
    dataset = open_dataset(data, manifests)
    case = same_name_form(case)
    if not dataset.holds(case):
        raise DataError(
            "no such scan",
            where=data,
            found=repr(case),
            expected="a case of the data set",
            do=f"{command_line('spgc', 'data', 'check', data)} tells what is there",
        )
    return known_scan(dataset, case, store, lungs)
