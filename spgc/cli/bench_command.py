"""`spgc bench`: how fast prediction is on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import completions, console
from spgc.cli.shared_options import (
    DeviceOption,
    EngineOption,
    LungWeightsOption,
    PredictionOption,
    SystemOptions,
)
from spgc.contract.limits import MAX_BATCH
from spgc.nets.device import Runtime
from spgc.systems.options import split_pairs
from spgc.systems.registry import DEFAULT
from spgc.text.synthetic import SYNTHETIC

MOST_SLICES = 10_000
MOST_BUSY = 64


def bench(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Folder of one CT series, .dcm files.",
            show_default=f"a synthetic chest, {SYNTHETIC}",
        ),
    ] = None,
    system: Annotated[
        str,
        typer.Option(
            "--system",
            help="Name of the system; see spgc systems.",
            autocompletion=completions.systems,
        ),
    ] = DEFAULT,
    option: SystemOptions = None,
    lung_weights: LungWeightsOption = None,
    scan: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_SLICES,
            help="Number of slices of the scan to report seconds for.",
            show_default="the series given, otherwise 150",
        ),
    ] = None,
    every_precision: Annotated[
        bool,
        typer.Option(
            "--every-precision",
            help="Time the networks in fp32, bf16 and int8 as well, where the processor has them.",
        ),
    ] = False,
    beside: Annotated[
        int,
        typer.Option(
            min=0,
            max=MOST_BUSY,
            help="Time the stages once more beside this number of busy processes, started and "
            "ended by the command.",
        ),
    ] = 0,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MAX_BATCH,
            help="Slices per batch.",
            show_default="depends on the engine",
        ),
    ] = None,
    device: DeviceOption = "auto",
    precision: PredictionOption = "auto",
    engine: EngineOption = "auto",
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Time each stage of prediction, compared with a plain implementation of the paper.

    The plain implementation: pydicom file by file, the published watershed, the torchvision
    networks in float32. Takes one to two minutes on two cores for CNR-IEMN, more for systems of
    larger images or with
    --every-precision. The networks have random weights: speed does not depend on them.

    [bold]Examples[/]

      spgc bench

      spgc bench ~/COVID-CT-MD/P002 --engine torch --json

      spgc bench --option backbones=resnext50 --scan 300 --every-precision

      spgc bench --beside 2
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    # They import torch, which takes seconds: help and wrong usage go without.
    from spgc.bench.benchmark_table import bench_table, bench_words, beside_table, ways_table
    from spgc.bench.measure import measure, opened_system
    from spgc.bench.measure_beside import measure_beside
    from spgc.bench.scan_stages import Benching

    runtime = Runtime(device, precision, batch_size, engine=engine)
    options = split_pairs(option or [])
    asked = Benching(runtime, folder, system, options, scan, every_precision, lung_weights)
    opened_system(asked)
    console.say("Measuring: some minutes. Other work on this machine makes it slower.")
    done = measure_beside(asked, beside) if beside else measure(asked)
    if json_out:
        console.show_json({"schema": "spgc-bench/1", **done.as_dict()})
        return
    console.show(bench_table(done))
    if done.ways:
        console.show(ways_table(done))
    if done.beside:
        console.show(beside_table(done))
    for line in bench_words(done):
        console.show_text(line)
