"""`spgc train`: a challenge system on the training split."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from spgc.cli import console
from spgc.cli.options import (
    DataOption,
    DeterministicOption,
    DeviceOption,
    EngineOption,
    EvaluateEveryOption,
    JobsOption,
    LabelsRelease,
    ManifestsFolder,
    MicroBatchOption,
    ModelOption,
    PrecisionOption,
    StoreOption,
    SystemOptions,
    TensorBoardOption,
    WorkersOption,
)
from spgc.errors import UsageError
from spgc.jobs.launched import launched

if TYPE_CHECKING:
    from spgc.runs.scans import Trained


def train(
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    model: ModelOption = Path("model"),
    system: Annotated[
        str, typer.Option("--system", help="Which system; spgc systems lists them.")
    ] = "cnr-iemn",
    option: SystemOptions = None,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            help="imagenet (torchvision's cache or download), none (random start), or a folder "
            "with torchvision's weight files.",
            show_default="imagenet",
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset", help="paper, or demo: small images, few epochs.", show_default="paper"
        ),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            help="table1 to table5: an experiment of the paper.", show_default="the whole system"
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Epochs per backbone.", show_default="the preset's"),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(min=2, help="Slices per step.", show_default="the preset's"),
    ] = None,
    lungs: Annotated[
        str | None,
        typer.Option(help="Lung method; see spgc preprocess.", show_default="two regions"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Seed of everything random.", show_default="0"),
    ] = None,
    unlabelled: Annotated[
        list[str] | None,
        typer.Option(
            "--unlabelled",
            help="Split whose scans the system may see without labels (transductive); may be "
            "given several times.",
            show_default=False,
        ),
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(
            help="counts of predicted classes per group of slices, or mean probabilities.",
            show_default="counts",
        ),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Features of training scans from networks that never saw them; the slice stage "
            "takes FOLDS times as long.",
            show_default="0, as the paper",
        ),
    ] = None,
    patient_weights: Annotated[
        str | None,
        typer.Option(
            "--patient-weights",
            help="equal, or balanced: each class of scans weighs the same.",
            show_default="equal",
        ),
    ] = None,
    workers: WorkersOption = -1,
    device: DeviceOption = "auto",
    precision: PrecisionOption = "fp32",
    engine: EngineOption = "auto",
    micro_batch: MicroBatchOption = None,
    deterministic: DeterministicOption = False,
    evaluate_every: EvaluateEveryOption = None,
    tensorboard: TensorBoardOption = False,
    jobs: JobsOption = -1,
    labels_release: LabelsRelease = None,
    manifests: ManifestsFolder = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Train a system on the training split: CNR-IEMN unless --system names another.

    Trains on the scans of the training split that are there, says which are not, ends with hits
    on the validation split and writes MODEL_CARD.md beside the model. Stop it at any time: the
    same command goes on.

    [bold]Examples[/]

      spgc train --data ~/COVID-CT-MD --store ~/spgc-store --model ~/cnr-iemn

      spgc train --weights ~/torchvision-weights --device cuda --precision bf16 --workers 8

      spgc train --micro-batch 16 --evaluate-every 100 --tensorboard

      torchrun --nproc-per-node 4 -m spgc train --data ~/COVID-CT-MD --device cuda

      spgc train --data phantoms --preset demo

      spgc train --scenario table1 --model grey-only

      spgc train --system density --option bin_width=25 --model ~/density
    """
    from spgc.cli.telling import (
        end_with,
        open_scans,
        predict_words,
        report_trouble,
        trouble_document,
    )
    from spgc.contract.system import RunSettings
    from spgc.data.slice_labels import check_release
    from spgc.protocol import split_named
    from spgc.runs.answers import remarks_of
    from spgc.runs.scans import train as run
    from spgc.systems.registry import system_named
    from spgc.systems.unlabelled import refuse_unlabelled_splits

    console.set_mode(quiet=quiet, json_out=json_out)
    kind = system_named(system)
    extra = [split_named(name).name for name in unlabelled or []]
    refuse_unlabelled_splits(kind, extra)
    folder = None if weights in (None, "imagenet", "none") else Path(str(weights))
    flags = {
        "preset": preset,
        "scenario": scenario,
        "epochs": epochs,
        "batch_size": batch_size,
        "seed": seed,
        "lung_method": lungs,
        "features": features,
        "folds": folds,
        "patient_weights": patient_weights,
        "weights": "imagenet" if folder else weights,
        "micro_batch": micro_batch,
        "deterministic": "true" if deterministic else None,
        "evaluate_every": evaluate_every,
        "tensorboard": "true" if tensorboard else None,
    }
    settings = RunSettings(
        device,
        precision,
        workers=workers,
        jobs=jobs or 1,
        weights_folder=folder,
        answers=store / "answers",
        engine=engine,
    )
    learner = kind.create(_options(option or [], flags), settings)
    check_release(labels_release)
    group = _joined(learner)
    helping = group is not None and not group.is_main()
    if helping:
        console.set_mode(quiet=True)
    with group.main_first() if group else nullcontext():
        for remark in learner.before_reading(model) if hasattr(learner, "before_reading") else ():
            console.say(remark)
        dataset, cases, prepared = open_scans(
            data,
            store,
            ["train", "val", *extra],
            manifests,
            lungs=learner.lung_method,
            jobs=jobs,
            labels=labels_release,
        )
    report_trouble(prepared)
    if cost := getattr(learner, "cost", ""):
        console.say(cost)
    done = run(
        dataset,
        cases,
        prepared,
        learner,
        model,
        unlabelled=extra,
        helping=helping,
        track=console.track,
    )
    if done is None:
        return
    for remark in remarks_of(learner):
        console.say(f"remark: {remark}")
    if json_out:
        console.show_json(
            {
                "model": str(model),
                "card": dict(done.document),
                "val": done.val.as_dict(),
                **trouble_document(prepared),
            }
        )
    else:
        _tell(done, model)
    console.say_next(*predict_words(dataset, data, store, model, manifests))
    if group is None:  # among several processes, torchrun would take it for a crash
        end_with(prepared)


def _joined(learner: object) -> ModuleType | None:
    """What joins the processes that torchrun or accelerate started; None for one alone.

    Raises UsageError for a system that trains in one process.
    """
    if launched().count < 2:
        return None
    runtime = getattr(learner, "runtime", None)
    if runtime is None:
        raise UsageError(
            "this system trains in one process",
            found=f"{launched().count} processes",
            do="start it without torchrun or accelerate",
        )
    from spgc.nets import processes

    processes.join(runtime.torch_device())
    return processes


def _options(pairs: list[str], flags: dict[str, str | int | None]) -> dict[str, str]:
    """`--option` and the options that have a flag of their own, as one mapping.

    Raises UsageError when both name an option with different values.
    """
    from spgc.systems.options import split_pairs

    given = [f"{name}={value}" for name, value in flags.items() if value is not None]
    return split_pairs([*pairs, *given])


def _tell(done: Trained, model: Path) -> None:
    from spgc.cli.telling import show_evaluation

    console.show_text(f"Model {str(done.document['model_hash'])[:12]} in {model}")
    show_evaluation(done.val)
    console.show_text(f"Model card: {done.card}")
