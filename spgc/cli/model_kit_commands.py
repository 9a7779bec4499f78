"""`spgc kit algorithm` and `spgc kit medperf`: a trained model in a container."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import console
from spgc.kits.algorithm_kit import algorithm_files
from spgc.kits.hospital_kit import hospital_files
from spgc.kits.kit_files import KitFile, refuse_filled, write_kit

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
    _write("algorithm", algorithm_files, model, out, json_out=json_out)


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
    _write("medperf", hospital_files, model, out, json_out=json_out)


def _write(
    kind: str,
    files: Callable[[Path], Sequence[KitFile]],
    model: Path,
    out: Path,
    *,
    json_out: bool,
) -> None:
    refuse_filled(out)
    made = files(model)
    write_kit(out, made)
    if json_out:
        names = [one.name for one in made]
        console.show_json({"schema": "spgc-kit-model/1", "kind": kind, "files": names})
        return
    console.show_text(f"Wrote {out}: {', '.join(one.name for one in made)}.")
    console.say(f"{out / 'README.md'} says how to build and test it; building needs docker.")
