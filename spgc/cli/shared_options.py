"""Options that several commands share, so that they are spelled and explained once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.contract.limits import MAX_CELLS, MAX_JOBS, MAX_MASKS, MAX_SEED

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
    typer.Option("--jobs", min=-1, max=MAX_JOBS, help="Scans read at a time; -1 for all cores."),
]
DeviceOption = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")]
PredictionOption = Annotated[
    str,
    typer.Option(
        "--precision",
        help="fp32, bf16, int8 (after spgc quantise), or auto: the fastest here.",
    ),
]
EngineOption = Annotated[
    str,
    typer.Option(
        "--engine",
        envvar="SPGC_ENGINE",
        help=r"torch, openvino (pip install 'spgc\[openvino]'), or auto: the fastest there is.",
    ),
]
SystemOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        metavar="NAME=VALUE",
        help="Option of the system, see spgc systems NAME; may be given several times.",
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
    str, typer.Option("--precision", help="fp32, bf16, or on CUDA tf32 or fp16.")
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
        "--dpi", min=20, max=1200, help="Pixels per inch of pictures.", show_default="each its own"
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
        show_default="the newest there",
    ),
]
ManifestsFolder = Annotated[
    Path | None,
    typer.Option(
        "--manifests", help="Folder of manifests that wins over all others.", show_default=False
    ),
]
SplitOption = Annotated[
    str | None,
    typer.Option(
        "--split",
        help="What has to be answered: a split, overall (test1 to test3), test1-4, or all.",
        show_default=False,
    ),
]
LabelsOption = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="LABEL=CLASS,...",
        help="What other labels stand for: 0=covid-19,1=cap,2=normal.",
        show_default=False,
    ),
]
ArgmaxFlag = Annotated[
    bool,
    typer.Option("--argmax", help="Files of probabilities alone: the most probable class."),
]
ManifestsOption = Annotated[
    Path | None,
    typer.Option(
        "--manifests", help="Folder of manifests instead of the challenge's.", show_default=False
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
        help="Your own labels: Study,Label for each case, a column split if you like; - for "
        "standard input. Instead of manifests.",
        show_default=False,
    ),
]
MasksOption = Annotated[
    int, typer.Option("--masks", min=2, max=MAX_MASKS, help="Random masks at most.")
]
CellsOption = Annotated[
    int, typer.Option("--cells", min=1, max=MAX_CELLS, help="Cells of a mask, each side.")
]
OpenOption = Annotated[float, typer.Option("--probability", help="Of a cell to be shown.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, max=MAX_SEED, help="Seed of the masks.")]
