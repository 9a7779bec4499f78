"""Figure of feature importance: backbones by groups of slices and classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spgc.explain.patient_classifiers import Explained
from spgc.explain.permutation import block_table
from spgc.files.whole import write_text
from spgc.protocol import CLASSES, GROUPS
from spgc.report.pictures import KINDS, caption, write_figure
from spgc.text.purpose import PURPOSE
from spgc.text.synthetic import SYNTHETIC_DATA

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from spgc.explain.feature_importance import Importance
    from spgc.explain.permutation import BlockLoss

COLOURS = "Blues"
"""One hue from white to dark: survives grey printing and every kind of colour vision."""

BAR = "#4a7ab5"

TICKS = (1, 5, 10, 15, 20)

CAPTION = (
    "A feature is the share of slices that a backbone gives to a class within one of 20 groups. "
    "Neighbouring groups and the backbones say much the same, so one feature can stand in for "
    "others: the picture shows what this classifier uses, not where disease is. "
    f"{PURPOSE}"
)


def importance_figure(
    found: Importance,
    losses: Sequence[BlockLoss],
    *,
    source: str,
    synthetic: bool,
) -> Figure:
    """Heat maps (20 groups × 3 classes) per backbone by contribution and gain, and their profile.

    `source` names the scans, such as "16 scans of val". With `losses` (of XGBoost) a last row shows
    what shuffling each block costs.
    """
    from matplotlib.figure import Figure

    rows = [3.4, 3.4] + [2.9] * bool(losses)
    figure = Figure(figsize=(7.5, sum(rows) + 1.2), dpi=200, layout="constrained")
    mark = f"{SYNTHETIC_DATA}\n" if synthetic else ""
    figure.suptitle(f"{mark}Feature importance of the patient classifier (XGBoost)", fontsize=11)
    caption(figure, CAPTION, 7)
    parts = figure.subfigures(len(rows), 1, height_ratios=rows, squeeze=False).ravel()
    titles = (
        f"Contributions to the predictions ({source})",
        "Gain of the splits (training scans)",
    )
    for part, title, shares in zip(parts, titles, (found.contributions, found.gain), strict=False):
        _heat_maps(part, title, 100 * shares, found.backbones)
    if losses:
        _losses(parts[2], losses, source)
    return figure


def _heat_maps(
    part: SubFigure, title: str, percent: NDArray[np.float64], backbones: Sequence[str]
) -> None:
    """One map per backbone on one colour scale, and what each group comes to over all of them."""
    unused = "" if percent.any() else ": none, it uses no feature"
    part.suptitle(f"{title}, % of all{unused}", fontsize=9, x=0.02, ha="left")
    axes = part.subplots(
        1, len(backbones) + 1, width_ratios=[1] * len(backbones) + [1.3], squeeze=False
    )[0]
    most = float(percent.max()) or 1.0
    for place, name, values in zip(axes, backbones, percent, strict=False):
        image = place.imshow(values, cmap=COLOURS, vmin=0, vmax=most, aspect="auto")
        place.set_title(name, fontsize=8)
        place.set_xticks(range(len(CLASSES)), CLASSES, rotation=90, fontsize=7)
        _groups(place, labelled=place is axes[0])
        place.tick_params(labelleft=place is axes[0])
    bar = part.colorbar(image, ax=list(axes[:-1]), fraction=0.05, pad=0.01, aspect=30)
    bar.ax.tick_params(labelsize=7)
    profile = axes[-1]
    profile.barh(range(GROUPS), percent.sum(axis=(0, 2)), color=BAR)
    profile.set_ylim(GROUPS - 0.5, -0.5)
    profile.set_xlim(0, 1.05 * float(percent.sum(axis=(0, 2)).max()) or 1.0)
    profile.set_title("whole group", fontsize=8)
    profile.tick_params(axis="x", labelsize=7)
    profile.spines[["top", "right"]].set_visible(False)
    _groups(profile, labelled=False)


def _groups(place: Axes, *, labelled: bool) -> None:
    """The axis of groups, head at the top."""
    place.set_yticks([tick - 1 for tick in TICKS], [str(tick) for tick in TICKS], fontsize=7)
    place.tick_params(length=2)
    if labelled:
        place.set_ylabel("feet  ←  group of slices  →  head", fontsize=8)


def _losses(part: SubFigure, losses: Sequence[BlockLoss], source: str) -> None:
    part.suptitle(
        f"Rise of the log loss when a block is shuffled among scans ({source}); "
        "lines span 95 % of shuffles",
        fontsize=9,
        x=0.02,
        ha="left",
    )
    axes = part.subplots(1, 3, squeeze=False)[0]
    for place, kind in zip(axes, ("backbone", "group", "class"), strict=True):
        chosen = [loss for loss in losses if loss.kind == kind]
        rises = [loss.log_loss or 0.0 for loss in chosen]
        spread = [
            [max(rise - loss.low, 0.0) for rise, loss in zip(rises, chosen, strict=True)],
            [max(loss.high - rise, 0.0) for rise, loss in zip(rises, chosen, strict=True)],
        ]
        style = {"linewidth": 0.8, "ecolor": "black"}
        place.barh(range(len(chosen)), rises, xerr=spread, color=BAR, error_kw=style)
        place.set_ylim(len(chosen) - 0.5, -0.5)
        place.axvline(0, color="black", linewidth=0.6)
        place.set_title(f"by {kind}", fontsize=8)
        place.tick_params(labelsize=7, length=2)
        place.spines[["top", "right"]].set_visible(False)
        if kind == "group":
            _groups(place, labelled=True)
        else:
            place.set_yticks(range(len(chosen)), [loss.name for loss in chosen], fontsize=7)


IMPORTANCE_FILES = (*(f"importance.{kind}" for kind in (*KINDS, "csv")), "permutation.csv")
"""What `write_importance` writes into a folder."""


def explained_figure(explained: Explained) -> Figure:
    """`importance_figure` of what was measured."""
    return importance_figure(
        explained.found,
        explained.losses.get("xgboost", ()),
        source=explained.source,
        synthetic=explained.synthetic,
    )


def write_importance(explained: Explained, folder: Path, dpi: int | None = None) -> list[Path]:
    """Write importance.png, .svg, .pdf, .csv, and permutation.csv if there are losses."""
    figure = explained_figure(explained)
    paths = write_figure(figure, folder / "importance", dpi)
    paths.append(folder / "importance.csv")
    write_text(paths[-1], explained.found.table())
    if explained.losses:
        paths.append(folder / "permutation.csv")
        write_text(paths[-1], block_table(explained.losses))
    return paths
