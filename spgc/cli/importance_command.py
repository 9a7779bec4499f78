"""`spgc importance`: which features the patient classifier goes by, as picture and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
from spgc.files.foreign_names import folder_in
from spgc.report.importance_table import CAUTION, importance_parts, measure_importance
from spgc.runs.cases import DataFolder


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
    run = RunSettings(
        device, precision, jobs=jobs or 1, answers=folder_in(store, "answers"), engine=engine
    )
    done = measure_importance(
        model,
        DataFolder(data, manifests),
        store,
        out,
        split,
        run=run,
        dpi=dpi,
        listener=LISTENER,
    )
    if json_out:
        console.show_json(done.as_dict())
    else:
        console.show_all(importance_parts(done))
        console.say(CAUTION)
    if done.prepared is not None:
        end_with(done.prepared)
