"""`spgc predict`: a trained model's answers as a submission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from spgc.cli import completions, console
from spgc.cli.dask_options import DaskInsecureOption, DaskOption, DaskTlsOption, cluster_named
from spgc.cli.run_output import LISTENER, end_with
from spgc.cli.shared_options import (
    DataOption,
    DeviceOption,
    EngineOption,
    JobsOption,
    LungWeightsOption,
    ManifestsFolder,
    ModelOption,
    PredictionOption,
    StoreOption,
    SystemOptions,
)
from spgc.cli.system_options import SystemCommand
from spgc.contract.flags import Flag, answering_flags
from spgc.contract.limits import MAX_BATCH
from spgc.contract.system import RunSettings
from spgc.errors import SpgcError
from spgc.model.document import read_document
from spgc.model.identity import NOT_COVERED, marks_covered
from spgc.report.run_documents import prediction_document
from spgc.report.run_parts import prediction_marks, prediction_parts
from spgc.runs.cases import DataFolder
from spgc.runs.predict import Predicted, Predicting
from spgc.runs.predict import predict as run
from spgc.runs.shards import Shard, shard_named, shard_of_process
from spgc.systems.options import split_pairs
from spgc.systems.registry import DEFAULT, system_named
from spgc.text.synthetic import SYNTHETIC_MODEL


class PredictCommand(SystemCommand):
    """`spgc predict`, with the options of the system that trained the model."""

    def system_flags(self, own: Mapping[str, Any]) -> tuple[str, Sequence[Flag]]:
        try:
            kind = system_named(str(read_document(Path(own["model"]))["system"]))
        except SpgcError:  # told when the model is loaded
            kind = system_named(DEFAULT)
        return kind.name, answering_flags(kind)


COMMAND_CLASS = PredictCommand


def predict(
    split: Annotated[
        list[str] | None,
        typer.Option(
            "--split",
            autocompletion=completions.splits,
            help="Split to predict; repeatable.",
            show_default="every scan found",
        ),
    ] = None,
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    model: ModelOption = Path("model"),
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the submission.")] = Path(),
    option: SystemOptions = None,
    probabilities: Annotated[
        bool,
        typer.Option(
            "--probabilities", help="Add the probability columns p_covid19, p_cap and p_normal."
        ),
    ] = False,
    slices: Annotated[
        Path | None,
        typer.Option(
            "--slices",
            help="Also write the slice probabilities of each slice classifier (CSV).",
            show_default=False,
        ),
    ] = None,
    allow_missing: Annotated[
        bool,
        typer.Option(
            "--allow-missing",
            help="Write the submission even if scans could not be predicted: they are omitted, or "
            "see --fill.",
        ),
    ] = False,
    fill: Annotated[
        str | None,
        typer.Option(
            help="With --allow-missing: class to write for scans that could not be predicted; "
            "they are listed.",
            show_default="they are omitted",
        ),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MAX_BATCH,
            help="Slices per batch.",
            show_default="depends on the engine",
        ),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            help="Predict shard I of N only, as I/N; spgc merge joins the shards.",
            show_default="the process's own shard under torchrun or accelerate",
        ),
    ] = None,
    device: DeviceOption = "auto",
    precision: PredictionOption = "auto",
    engine: EngineOption = "auto",
    jobs: JobsOption = -1,
    dask: DaskOption = None,
    dask_tls: DaskTlsOption = None,
    dask_insecure: DaskInsecureOption = False,
    lung_weights: LungWeightsOption = None,
    manifests: ManifestsFolder = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Predict a split and write submission-SPLIT.csv for each and submission.csv for all.

    Scans that are not in the slice store yet are read and segmented first. Without --split every
    scan found is predicted. A split with missing cases is not written unless --allow-missing is
    given: the challenge scores whole splits. The other splits are written. Can be stopped at any
    time: finished scans are kept.

    [bold]Examples[/]

      spgc predict --split test2 --data ~/COVID-CT-MD --model ~/cnr-iemn

      spgc predict --split test1 --split test2 --split test3 --out results

      spgc predict --data ~/my-scans --device cuda --slices slices.csv

      spgc predict --split test2 --shard $SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT --out parts

      spgc predict --dask tls://10.0.0.1:8786 --dask-tls ~/tls --data /shared/data
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    part = shard_named(shard) if shard else shard_of_process()
    asked = Predicting(
        DataFolder(data, manifests),
        store,
        model,
        out,
        split or [],
        split_pairs(option or []),
        RunSettings(device, precision, batch_size, jobs=jobs or 1, engine=engine),
        probabilities=probabilities,
        slices=slices,
        allow_missing=allow_missing,
        fill=fill,
        shard=part,
        lung_weights=lung_weights,
        cluster=cluster_named(dask, dask_tls, insecure=dask_insecure),
    )
    done = run(asked, LISTENER)
    _show(done, asked.slice_file, json_out=json_out)
    _say_next(done, asked, part)
    end_with(done.prepared)


def _show(done: Predicted, slices: Path | None, *, json_out: bool) -> None:
    if slices is not None:
        console.say(f"wrote {slices}")
    if json_out:
        console.show_json(prediction_document(done))
    else:
        _tell(done)


def _tell(done: Predicted) -> None:
    console.show_all(prediction_parts(done))
    for mark in prediction_marks(done):
        console.say(mark.plain)
    if done.document["synthetic"]:
        console.say(SYNTHETIC_MODEL)
    else:
        console.say(str(done.document["purpose"]))
    if not marks_covered(done.document):
        console.say(NOT_COVERED)


def _say_next(done: Predicted, asked: Predicting, part: Shard | None) -> None:
    if part is not None:
        console.say_next("merge", asked.out, lead=f"Next, once all {part.count} parts are there")
    elif asked.splits and done.whole_files:
        own = asked.data.root / "manifests"
        manifests = asked.data.manifests or (own if own.is_dir() else None)
        more = ["--manifests", manifests] if manifests else []
        console.say_next("score", *done.whole_files, *more)
