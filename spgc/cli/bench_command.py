"""`spgc bench`: how fast prediction is on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import console
from spgc.cli.shared_options import DeviceOption, EngineOption, PredictionOption
from spgc.contract.limits import MAX_BATCH
from spgc.nets.device import Runtime
from spgc.text.synthetic import SYNTHETIC


def bench(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Folder of one CT series, .dcm files.", show_default=f"a drawn chest, {SYNTHETIC}"
        ),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MAX_BATCH,
            help="Slices that run at once.",
            show_default="what suits the engine",
        ),
    ] = None,
    device: DeviceOption = "auto",
    precision: PredictionOption = "auto",
    engine: EngineOption = "auto",
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Time each stage of prediction here, beside the same written plainly from the paper.

    Plainly: pydicom file by file, the published watershed, four torchvision networks in float32.
    Takes one to two minutes on two cores. The networks have random weights: speed does not depend
    on them.

    [bold]Examples[/]

      spgc bench

      spgc bench ~/COVID-CT-MD/P002 --engine torch --json
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    # They import torch, which takes seconds: help and wrong usage go without.
    from spgc.bench.benchmark_table import bench_table, bench_words
    from spgc.bench.measure import measure

    console.say("Measuring: one to two minutes. Other work on this machine makes it slower.")
    done = measure(Runtime(device, precision, batch_size, engine=engine), folder)
    if json_out:
        console.show_json({"schema": "spgc-bench/1", **done.as_dict()})
        return
    console.show(bench_table(done))
    for line in bench_words(done):
        console.show_text(line)
