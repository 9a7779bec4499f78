"""`spgc kit algorithm` and `spgc kit medperf`: a trained model in a container."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import console
from spgc.kits.model_kit import make_model_kit
from spgc.report.kit_lines import model_kit_line

ModelArgument = Annotated[
    Path, typer.Argument(help="Folder of the model, as spgc train wrote it.", show_default=False)
]
OutOption = Annotated[
    Path, typer.Option("--out", "-o", help="New folder for the kit.", show_default=False)
]


def algorithm(
    model: ModelArgument,
    out: OutOption,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Write an algorithm container for grand-challenge.org around a trained model.

    It answers one CT per run, without network and not as root. The model stays outside the image.

    [bold]Examples[/]

      spgc kit algorithm model -o algorithm-kit
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    _write("algorithm", model, out, json_out=json_out)


def medperf(
    model: ModelArgument,
    out: OutOption,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Write MedPerf containers around a trained model: scans and labels stay in the hospital.

    Data preparator, model and metrics are one image: spgc data check, predict and score.

    [bold]Examples[/]

      spgc kit medperf model -o medperf-kit
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    _write("medperf", model, out, json_out=json_out)


def _write(kind: str, model: Path, out: Path, *, json_out: bool) -> None:
    made = make_model_kit(kind, model, out)
    if json_out:
        console.show_json(made.as_dict())
        return
    console.show(model_kit_line(made, out))
    console.say(f"{out / 'README.md'} says how to build and test it; building needs docker.")
