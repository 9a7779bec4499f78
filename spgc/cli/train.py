"""`spgc train`: both stages of CNR-IEMN on the training split."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from spgc.cli import console
from spgc.cli.options import (
    DataOption,
    DeterministicOption,
    DeviceOption,
    EvaluateEveryOption,
    JobsOption,
    ManifestsFolder,
    MicroBatchOption,
    ModelOption,
    PrecisionOption,
    StoreOption,
    TensorBoardOption,
    WorkersOption,
)

if TYPE_CHECKING:
    from spgc.systems.cnr_iemn.config import Config


def train(
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    model: ModelOption = Path("model"),
    weights: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it at run time
        typer.Option(
            "--weights",
            help="imagenet (torchvision's cache or download), none (random start), or a folder "
            "with torchvision's weight files.",
            show_default="imagenet",
        ),
    ] = None,
    preset: Annotated[
        str, typer.Option("--preset", help="paper, or demo: small images, few epochs.")
    ] = "paper",
    epochs: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, help="Epochs per backbone.", show_default="the preset's"),
    ] = None,
    batch_size: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=2, help="Slices per step.", show_default="the preset's"),
    ] = None,
    lungs: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Lung method; see spgc preprocess.", show_default="two regions"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 0,
    workers: WorkersOption = -1,
    device: DeviceOption = "auto",
    precision: PrecisionOption = "fp32",
    micro_batch: MicroBatchOption = None,
    deterministic: DeterministicOption = False,
    evaluate_every: EvaluateEveryOption = None,
    tensorboard: TensorBoardOption = False,
    jobs: JobsOption = -1,
    manifests: ManifestsFolder = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Train the four CNNs on slices and the patient classifiers on whole scans.

    Trains on the scans of the training split that are there, says which are not, and ends with
    hits on the validation split. Stop it at any time: the same command goes on.

    [bold]Examples[/]

      spgc train --data ~/COVID-CT-MD --store ~/spgc-store --model ~/cnr-iemn

      spgc train --weights ~/torchvision-weights --device cuda --precision bf16 --workers 8

      spgc train --micro-batch 16 --evaluate-every 100 --tensorboard

      torchrun --nproc-per-node 4 -m spgc train --data ~/COVID-CT-MD --device cuda

      spgc train --data phantoms --preset demo
    """
    from spgc.cli.run import open_scans, report_trouble, score_split
    from spgc.pipeline import labelled_scans
    from spgc.systems.cnr_iemn import processes
    from spgc.systems.cnr_iemn.runtime import Runtime
    from spgc.systems.cnr_iemn.system import CnrIemn

    console.set_mode(quiet=quiet, json_out=json_out)
    folder = None if weights in (None, "imagenet", "none") else Path(str(weights))
    config = _config(
        preset,
        {
            "epochs": epochs,
            "batch_size": batch_size,
            "seed": seed,
            "lung_method": lungs,
            "weights": "imagenet" if folder else weights,
        },
    )
    runtime = Runtime(
        device, precision, workers=workers, weights_folder=folder, answers=store / "answers",
        micro_batch=micro_batch, deterministic=deterministic, evaluate_every=evaluate_every,
        tensorboard=tensorboard,
    )  # fmt: skip
    processes.join(runtime.torch_device())
    if not processes.is_main():
        console.set_mode(quiet=True)
    system = CnrIemn(config, runtime)
    with processes.main_first():
        dataset, cases, prepared = open_scans(
            data, store, ["train", "val"], manifests, lungs=config.lung_method, jobs=jobs
        )
    report_trouble(prepared)
    scans = {
        split: labelled_scans(dataset, prepared, [c for c in cases if c.split == split])
        for split in ("train", "val")
    }
    system.fit(scans["train"], scans["val"], model, track=console.track)
    if not processes.is_main():
        return
    hits = score_split(system, scans["val"], dataset.manifest)
    card = system.describe()
    if json_out:
        console.show_json({"model": str(model), "card": dict(card), "val": hits.as_dict()})
        return
    console.show_text(f"Model {str(card['model_hash'])[:12]} in {model}")
    hits.show()
    console.say(
        f"Next: spgc predict --split test2 --data {data} --store {store} --model {model}",
        command=True,
    )


def _config(preset: str, changes: dict[str, Any]) -> Config:
    """The preset with the options that were given."""
    from spgc.errors import UsageError
    from spgc.systems.cnr_iemn.config import DEMO, Config

    presets = {"paper": Config(), "demo": DEMO}
    if preset not in presets:
        raise UsageError("unknown preset", found=repr(preset), expected=" | ".join(presets))
    given = {name: value for name, value in changes.items() if value is not None}
    return dataclasses.replace(presets[preset], **given)
