"""`spgc importance`: which features the patient classifier goes by, as picture and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from spgc.classifiers.patient_stage import patient_stage
from spgc.cli import console
from spgc.cli.run_output import LISTENER, end_with
from spgc.cli.shared_options import (
    DataOption,
    DeviceOption,
    DpiOption,
    EngineOption,
    JobsOption,
    ManifestsFolder,
    ModelOption,
    PredictionOption,
    StoreOption,
)
from spgc.contract.system import RunSettings
from spgc.explain.patient_classifiers import Explained, explain_scans, explain_training
from spgc.files.foreign_names import folder_in
from spgc.files.overwriting import check_outputs
from spgc.protocol import CLASSES
from spgc.report.importance_figure import IMPORTANCE_FILES, write_importance
from spgc.report.score_tables import plain_table
from spgc.runs.cases import DataFolder, named_split, open_scans
from spgc.runs.scans import Prepared, labelled_scans
from spgc.systems.registry import load_system

TOP = 10
"""Features that the terminal lists."""


def importance(
    model: ModelOption = Path("model"),
    split: Annotated[
        str | None,
        typer.Option(help="Labelled split to analyse.", show_default="the training scans"),
    ] = None,
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files.")] = Path(),
    device: DeviceOption = "auto",
    precision: PredictionOption = "auto",
    engine: EngineOption = "auto",
    jobs: JobsOption = -1,
    manifests: ManifestsFolder = None,
    json_out: console.JsonFlag = False,
    dpi: DpiOption = None,
    quiet: console.QuietFlag = False,
) -> None:
    """Show feature importance of the patient classifier by backbone, part of the scan and class.

    Writes importance.png, importance.svg and importance.csv. Without --split it needs the model
    alone and analyses the training scans, which the classifier was fitted on. With --split it
    analyses those scans instead, and permutation.csv holds the permutation importance of each
    backbone, group of slices and class.

    [bold]Examples[/]

      spgc importance --model ~/cnr-iemn

      spgc importance --model ~/cnr-iemn --split val --data ~/COVID-CT-MD --out figures
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    check_outputs(out, IMPORTANCE_FILES)
    name = split and named_split(DataFolder(data, manifests), split)
    run = RunSettings(
        device, precision, jobs=jobs or 1, answers=folder_in(store, "answers"), engine=engine
    )
    prepared = None
    if name:
        explained, prepared = _explain_split(name, model, DataFolder(data, manifests), store, run)
    else:
        # The networks stay unread, and without --split no option of theirs counts.
        system = load_system(model, RunSettings("cpu", engine="auto"))
        explained = explain_training(patient_stage(system))
    files = write_importance(explained, out, dpi)
    if json_out:
        console.show_json(_document(explained, files))
    else:
        _show(explained)
        for path in files:
            console.show_text(f"wrote {path}")
    if prepared is not None:
        end_with(prepared)


def _explain_split(
    split: str, model: Path, data: DataFolder, store: Path, run: RunSettings
) -> tuple[Explained, Prepared]:
    system = patient_stage(load_system(model, run))
    dataset, cases, prepared = open_scans(
        data, store, [split], system.lung_method, jobs=run.jobs, listener=LISTENER
    )
    LISTENER.scans_read(prepared)
    scans = labelled_scans(dataset, prepared, cases)
    return explain_scans(system, scans, split, console.track), prepared


def _top(explained: Explained) -> list[dict[str, Any]]:
    """The features with the largest contributions; shares as fractions of all."""
    found = explained.found
    return [
        {
            "backbone": found.backbones[backbone],
            "group": group + 1,
            "class": CLASSES[label],
            "contribution": float(found.contributions[backbone, group, label]),
            "gain": float(found.gain[backbone, group, label]),
        }
        for backbone, group, label in found.top(TOP)
    ]


def _show(explained: Explained) -> None:
    title = f"Largest contributions ({explained.source})"
    table = plain_table(title, synthetic=explained.synthetic)
    for column in ("Backbone", "Class"):
        table.add_column(column, no_wrap=True)
    for column in ("Group", "Contribution %", "Gain %"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in _top(explained):
        percent = (f"{100 * row[key]:.1f}" for key in ("contribution", "gain"))
        table.add_row(row["backbone"], row["class"], str(row["group"]), *percent)
    console.show(table)
    for kind, shares in explained.found.parts().items():
        parts = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares.items())
        console.show_text(f"contributions by {kind}: {parts}")
    console.say(
        "Group 1 is at the head, 20 at the feet. Features are correlated: importance shows what "
        "this classifier uses, not where disease is."
    )


def _document(explained: Explained, files: list[Path]) -> dict[str, Any]:
    return {
        "schema": "spgc-importance/1",
        "source": explained.source,
        "synthetic": explained.synthetic,
        "top": _top(explained),
        "contributions": explained.found.parts(),
        "files": [str(path) for path in files],
    }
