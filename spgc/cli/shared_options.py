"""Options that several commands share, so that they are spelled and explained once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.cli import completions
from spgc.contract.limits import (
    LEAST_DPI,
    MAX_CELLS,
    MAX_JOBS,
    MAX_MASKS,
    MAX_SEED,
    MOST_DPI,
)

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
    int,
    typer.Option("--jobs", min=-1, max=MAX_JOBS, help="Scans read in parallel; -1 for all cores."),
]
DeviceOption = Annotated[
    str,
    typer.Option("--device", help="auto, cpu, cuda or mps.", autocompletion=completions.devices),
]
PredictionOption = Annotated[
    str,
    typer.Option(
        "--precision",
        help="fp32, bf16, int8 (after spgc quantise), or auto: the fastest on this machine.",
        autocompletion=completions.precisions,
    ),
]
EngineOption = Annotated[
    str,
    typer.Option(
        "--engine",
        envvar="SPGC_ENGINE",
        autocompletion=completions.engines,
        help=r"torch, openvino (pip install 'spgc\[openvino]'), or auto: the fastest available.",
    ),
]
SystemOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        metavar="NAME=VALUE",
        help="System option, see spgc systems NAME; repeatable.",
        show_default=False,
    ),
]
LungWeightsOption = Annotated[
    Path | None,
    typer.Option(
        "--lung-weights",
        metavar="PATH",
        show_default="$SPGC_LUNG_WEIGHTS, or torch's cache",
        help="Weights of lung method r231: unet_r231-d5d2fc3d.pth or its folder.",
    ),
]
PrecisionOption = Annotated[
    str,
    typer.Option(
        "--precision",
        help="fp32, bf16, or on CUDA tf32 or fp16.",
        autocompletion=completions.precisions,
    ),
]
WorkersOption = Annotated[
    int,
    typer.Option(
        "--workers",
        min=-1,
        max=MAX_JOBS,
        help="Data-loading processes; -1: cores less one for a GPU, 8 at most, one for the CPU.",
    ),
]
DpiOption = Annotated[
    int | None,
    typer.Option(
        "--dpi",
        min=LEAST_DPI,
        max=MOST_DPI,
        help="Pixels per inch of pictures.",
        show_default="depends on the picture",
    ),
]
ForceOption = Annotated[
    bool,
    typer.Option("--force", help="Replace the file even if spgc did not write what is there."),
]
LabelsRelease = Annotated[
    str | None,
    typer.Option(
        "--labels-release",
        help="Slice labels of one release: first (the challenge's and the paper's time), updated "
        "(September 2021; P001 and P006 differ).",
        show_default="the newest available",
    ),
]
ManifestsFolder = Annotated[
    Path | None,
    typer.Option(
        "--manifests", help="Manifest folder to use instead of all others.", show_default=False
    ),
]
SplitOption = Annotated[
    str | None,
    typer.Option(
        "--split",
        autocompletion=completions.sets,
        help="Set to evaluate: a split, a pool of several such as overall, or all.",
        show_default=False,
    ),
]
LabelsOption = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="LABEL=CLASS,...",
        help="Classes of other label values, written 0=CLASS,1=CLASS.",
        show_default=False,
        autocompletion=completions.label_classes,
    ),
]
ArgmaxFlag = Annotated[
    bool,
    typer.Option(
        "--argmax", help="Files with probabilities only: take the most probable class as the label."
    ),
]
ManifestsOption = Annotated[
    Path | None,
    typer.Option(
        "--manifests", help="Manifest folder to use instead of the challenge's.", show_default=False
    ),
]
ChallengeOption = Annotated[
    Path | None,
    typer.Option(
        "--challenge",
        metavar="FILE",
        help="A challenge of your own: challenge.toml, or the folder that holds it. Default: SPGC.",
        show_default=False,
    ),
]
TruthOption = Annotated[
    Path | None,
    typer.Option(
        "--truth",
        metavar="FILE",
        help="File of your own true labels instead of manifests: Study,Label, one row per case, "
        "optionally a column split; - for standard input.",
        show_default=False,
    ),
]
MasksOption = Annotated[
    int, typer.Option("--masks", min=2, max=MAX_MASKS, help="Maximum number of random masks.")
]
CellsOption = Annotated[
    int, typer.Option("--cells", min=1, max=MAX_CELLS, help="Cells per side of a mask.")
]
OpenOption = Annotated[
    float, typer.Option("--probability", help="Probability that a cell is visible.")
]
SeedOption = Annotated[
    int, typer.Option("--seed", min=0, max=MAX_SEED, help="Random seed of the masks.")
]
