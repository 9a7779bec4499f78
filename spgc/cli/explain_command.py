"""`spgc explain`: which parts of a slice speak for a class, as heat maps and in numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from spgc.cli import console
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
from spgc.contract.scan import KnownCase, Scan
from spgc.contract.slices import slice_model
from spgc.contract.system import RunSettings, System
from spgc.data.case_names import same_name_form
from spgc.data.layout import open_dataset
from spgc.errors import DataError, UsageError
from spgc.explain.explained_slice import (
    ExplainedSlice,
    RiseSettings,
    explain_slice,
    explainable,
    slice_name,
)
from spgc.explain.infected_share import infected_shares
from spgc.explain.rise import CRITERION
from spgc.explain.slice_choice import Wanted, choose_slices, slices_with_lung
from spgc.files.foreign_names import folder_in
from spgc.files.overwriting import check_outputs
from spgc.files.whole import write_text
from spgc.protocol import CLASSES, class_named
from spgc.report.heat_maps import heat_map_figure
from spgc.report.pictures import KINDS, synthetic_mark, write_figure
from spgc.report.score_tables import plain_table
from spgc.runs.scans import known_scan
from spgc.systems.evaluation import answers_of
from spgc.systems.registry import load_system
from spgc.text.command_lines import command_line
from spgc.text.purpose import PURPOSE


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
        int,
        typer.Option("--top", min=1, max=10_000, help="Number of slices when no --slice is given."),
    ] = 1,
    target: Annotated[
        str | None,
        typer.Option(
            help="Class to explain.",
            show_default="the scan's predicted class; with --slice or --worst, the slice's",
        ),
    ] = None,
    backbone: Annotated[
        list[str] | None,
        typer.Option("--backbone", help="Slice classifier; repeatable.", show_default="all"),
    ] = None,
    masks: MasksOption = 4000,
    cells: CellsOption = 7,
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
    """Draw RISE heat maps: which regions of a slice drive the slice classifiers.

    Writes CASE-slice-N.png, .svg, .pdf and .json. Random masks hide parts of the slice; a pixel's
    value is the class probability averaged over the masks that show it. Each map is reported with
    its faithfulness (insertion and deletion AUC) and its share within the lungs. Without --slice it
    takes the slices that support the scan's predicted class most, with much lung and not next to
    each other.

    [bold]Examples[/]

      spgc explain P002 --slice 70

      spgc explain cap002 --infected --top 3 --target CAP

      spgc explain P002 --worst --backbone densenet161 --masks 8000
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    wanted = _class(target)
    check_outputs(out)
    run = RunSettings(device, precision, answers=folder_in(store, "answers"), engine=engine)
    system = load_system(model, run)
    explainable(system)
    scan, known = _scan(case, data, store, manifests, system.lung_method)
    if wanted is None and not slices and not worst:
        wanted = _answer(system, known.case_id, scan)
    chosen = _slices(slices or [], scan, known, system, wanted, top, worst, infected)
    stems = [slice_name(known.case_id, index) for index in chosen]
    check_outputs(out, [f"{stem}.{kind}" for stem in stems for kind in (*KINDS, "json")])
    settings = RiseSettings(masks, cells, probability, seed)
    done = []
    for index in chosen:
        done.append(
            explain_slice(
                system,
                scan,
                known,
                index,
                target=wanted,
                classifiers=backbone or (),
                settings=settings,
                track=console.track,
            )
        )
        _write(done[-1], out, dpi)
    if json_out:
        told = [one.document() for one in done]
        console.show_json({"schema": "spgc-explanations/1", "slices": told})
    else:
        _show(done, out)


def _class(target: str | None) -> int | None:
    """The index of a class named in any spelling."""
    if target is None:
        return None
    name = class_named(target)
    if name is None:
        raise UsageError("unknown class", found=repr(target), expected=" | ".join(CLASSES))
    return CLASSES.index(name)


def _answer(system: System, case_id: str, scan: Scan) -> int:
    """The class index of the system's answer to the whole scan."""
    label = answers_of(system, [(case_id, scan)])[case_id].label
    console.say(f"{case_id} is predicted {label}: slices that support it most")
    return CLASSES.index(label)


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


def _slices(
    named: Sequence[int],
    scan: Scan,
    case: KnownCase,
    system: System,
    target: int | None,
    top: int,
    worst: bool,
    infected: bool,
) -> list[int]:
    """Indices from 0 of the slices to explain."""
    if named and (worst or infected or top > 1):
        raise UsageError(
            "give either --slice or --worst, not both",
            found="--slice",
            expected="--slice, or --worst, --infected and --top",
        )
    for number in named:
        if not 1 <= number <= scan.n_slices:
            raise UsageError(
                "no such slice", where=case.case_id, found=number, expected=f"1 to {scan.n_slices}"
            )
    if named:
        return [number - 1 for number in named]
    answers = slice_model(system).slice_probabilities(case.case_id, scan)
    # Marked slices were chosen by somebody who looked; others should show lung at least.
    among = None if worst or infected else slices_with_lung(scan)
    return choose_slices(
        answers, case, Wanted(top, target, worst, infected, among, apart=not worst)
    )


def _write(one: ExplainedSlice, out: Path, dpi: int | None) -> None:
    """Picture first, numbers last: where the JSON is, the others are whole."""
    write_figure(heat_map_figure([one]), out / one.name, dpi)
    text = json.dumps(one.document(), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(out / f"{one.name}.json", text + "\n")


def _show(done: Sequence[ExplainedSlice], out: Path) -> None:
    for one in done:
        console.show(_table(one))
    shares = infected_shares(done) if len(done) > 1 else {}
    if shares:
        marked = sum(bool(one.case.is_infected(one.index)) for one in done)
        parts = ", ".join(f"{k} {'–' if v is None else f'{v:.2f}'}" for k, v in shares.items())
        console.show_text(
            f"share of the maps in slices labelled infected: {parts}; {marked} of these "
            f"{len(done)} slices are labelled infected"
        )
    for one in done:
        console.show_text(f"wrote {out / one.name}.png, .svg, .pdf and .json")
    console.say(f"Settled: {CRITERION}; * where it did not.")
    console.say(
        "Better than random maps: insertion higher, deletion lower. A map shows what this "
        "classifier uses, not where disease is."
    )
    if any(one.synthetic for one in done):
        console.say(synthetic_mark(any(one.case.synthetic for one in done), model=True))
    else:
        console.say(PURPOSE)


def _table(one: ExplainedSlice) -> Table:
    table = plain_table(
        f"{one.case.case_id}, slice {one.index + 1} of {one.count}: RISE for {CLASSES[one.target]}",
        synthetic=one.synthetic,
    )
    table.add_column("Classifier", no_wrap=True)
    for name in (
        "p\nhidden",
        "Masks",
        "Insertion\nrandom",
        "Deletion\nrandom",
        "In lungs\ntheir area",
    ):
        table.add_column(name, justify="right", no_wrap=True)
    for found in one.maps:
        shares = (found.share_in_lungs, found.lungs_share)
        table.add_row(
            found.name,
            f"{found.probability:.2f} / {found.blank[one.target]:.2f}",
            f"{found.rise.masks}{'' if found.rise.settled else ' *'}",
            *(
                f"{measured.area:.2f} / {measured.random_mean:.2f}"
                for measured in (found.faithful.insertion, found.faithful.deletion)
            ),
            " / ".join("–" if share is None else f"{share:.2f}" for share in shares),
        )
    return table
