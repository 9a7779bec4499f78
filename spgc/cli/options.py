"""Options that several commands share, so that they are spelled and explained once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

DataOption = Annotated[
    Path,
    typer.Option("--data", envvar="SPGC_DATA", help="Folder of the data set."),
]
StoreOption = Annotated[
    Path,
    typer.Option("--store", envvar="SPGC_STORE", help="Folder of the slice store."),
]
ModelOption = Annotated[
    Path,
    typer.Option("--model", envvar="SPGC_MODEL", help="Folder of the trained model."),
]
JobsOption = Annotated[
    int, typer.Option("--jobs", min=-1, help="Scans read at a time; -1 for all cores.")
]
DeviceOption = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")]
PredictionOption = Annotated[
    str,
    typer.Option(
        "--precision", help="fp32, bf16, or auto: bf16 where the processor or GPU multiplies it."
    ),
]
EngineOption = Annotated[
    str,
    typer.Option(
        "--engine",
        help=r"torch, openvino (pip install 'spgc\[openvino]'), or auto: the fastest there is.",
    ),
]
PrecisionOption = Annotated[str, typer.Option("--precision", help="fp32 or bf16.")]
SystemOptions = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads it at run time
    typer.Option(
        "--option",
        metavar="NAME=VALUE",
        help="Option of the system, see spgc systems NAME; may be given several times.",
        show_default=False,
    ),
]
ManifestsFolder = Annotated[
    Optional[Path],  # noqa: UP045 - typer reads it at run time
    typer.Option(
        "--manifests", help="Folder of manifests that wins over all others.", show_default=False
    ),
]
