"""`spgc train`: a challenge system on the training split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from spgc.cli import completions, console
from spgc.cli.run_output import LISTENER, end_with, predict_words
from spgc.cli.shared_options import (
    DataOption,
    DeviceOption,
    EngineOption,
    JobsOption,
    LabelsRelease,
    LungWeightsOption,
    ManifestsFolder,
    ModelOption,
    PrecisionOption,
    StoreOption,
    SystemOptions,
    WorkersOption,
)
from spgc.cli.system_options import SystemCommand
from spgc.contract.flags import Flag, training_flags
from spgc.contract.system import RunSettings
from spgc.report.run_documents import training_document
from spgc.report.run_parts import training_parts
from spgc.runs.cases import DataFolder
from spgc.runs.train import Trained, Training
from spgc.runs.train import train as run
from spgc.systems.options import split_pairs
from spgc.systems.registry import DEFAULT, system_named


class TrainCommand(SystemCommand):
    """`spgc train`, with the options of the system that `--system` names."""

    def system_flags(self, own: Mapping[str, Any]) -> tuple[str, Sequence[Flag]]:
        kind = system_named(own["system"])
        return kind.name, training_flags(kind)


COMMAND_CLASS = TrainCommand


def train(
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    model: ModelOption = Path("model"),
    system: Annotated[
        str,
        typer.Option(
            "--system",
            help="Name of the system; see spgc systems.",
            autocompletion=completions.systems,
        ),
    ] = DEFAULT,
    option: SystemOptions = None,
    unlabelled: Annotated[
        list[str] | None,
        typer.Option(
            "--unlabelled",
            autocompletion=completions.splits,
            help="Split whose scans are used for training without labels (transductive); "
            "repeatable.",
            show_default=False,
        ),
    ] = None,
    workers: WorkersOption = -1,
    device: DeviceOption = "auto",
    precision: PrecisionOption = "fp32",
    engine: EngineOption = "auto",
    jobs: JobsOption = -1,
    labels_release: LabelsRelease = None,
    lung_weights: LungWeightsOption = None,
    convert: Annotated[
        bool,
        typer.Option(
            "--convert/--no-convert",
            help="Leave the networks converted for prediction, and quantised where int8 is faster "
            "here, checked as spgc quantise checks them.",
        ),
    ] = True,
    manifests: ManifestsFolder = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Train a system on the training split: CNR-IEMN unless --system names another.

    Trains on the available scans of the training split, lists the missing ones, reports validation
    accuracy and writes MODEL_CARD.md into the model folder. For a fast first prediction it leaves
    networks converted for the processor in the store and, where int8 is faster here, quantised in
    the model folder. Can be stopped at any time: the same
    command resumes. The options of another system: spgc train --system NAME --help.

    [bold]Examples[/]

      spgc train --data ~/COVID-CT-MD --store ~/spgc-store --model ~/cnr-iemn

      spgc train --weights ~/torchvision-weights --device cuda --precision bf16 --workers 8

      spgc train --micro-batch 16 --evaluate-every 100 --tensorboard

      torchrun --nproc-per-node 4 -m spgc train --data ~/COVID-CT-MD --device cuda

      spgc train --data phantoms --preset demo

      spgc train --scenario table1 --model grey-only

      spgc train --system density --bin-width 25 --model ~/density
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    asked = Training(
        DataFolder(data, manifests, labels_release),
        store,
        model,
        system,
        split_pairs(option or []),
        unlabelled or [],
        RunSettings(device, precision, workers=workers, jobs=jobs or 1, engine=engine),
        lung_weights,
        convert,
    )
    done = run(asked, LISTENER)
    if done is None:  # the main one of several processes speaks
        return
    _show(done, model, json_out=json_out)
    console.say_next(*predict_words(done.dataset, data, store, model, manifests))
    if done.alone:  # among several processes, torchrun would take it for a crash
        end_with(done.prepared)


def _show(done: Trained, model: Path, *, json_out: bool) -> None:
    for remark in done.remarks:
        console.say(f"remark: {remark}")
    if json_out:
        console.show_json(training_document(done, model))
        return
    console.show_all(training_parts(done, model))
    if not done.learnt and not sum(done.val.scans):
        console.say(f"No scan of {done.val.split} to evaluate the model on.")
