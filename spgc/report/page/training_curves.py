"""Training curves of a model as drawings: loss and validation accuracy, from its training.csv."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from spgc.files.json_documents import read_limited
from spgc.files.table_columns import wanted_columns

METRICS = "training.csv"

WIDTH, HEIGHT = 300.0, 120.0
"""Of the drawing's plane; the page scales it."""

MAX_BYTES = 4 * 2**20

MAX_NETWORKS = 32

_WANTED = ("backbone", "epoch", "train_loss", "val_hits", "val_slices")


@dataclass(frozen=True)
class Curve:
    """One network: `loss` and `accuracy` as SVG's polyline wants them, "" where unknown.

    epochs: first and last on the axis; highest: loss at the top of its axis.
    """

    network: str
    epochs: tuple[int, int]
    highest: float
    loss: str
    accuracy: str


def training_curves(model: Path) -> tuple[Curve, ...]:
    """The curves of the model in `model`; none where its metrics are absent or can't be read."""
    try:
        text = read_limited(model / METRICS, MAX_BYTES).decode("utf-8")
        rows = list(wanted_columns(StringIO(text), _WANTED))
        names = dict.fromkeys(row["backbone"] for row in rows)
        return tuple(
            _curve(name, [row for row in rows if row["backbone"] == name])
            for name in list(names)[:MAX_NETWORKS]
        )
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return ()


def _curve(network: str, rows: Sequence[dict[str, str]]) -> Curve:
    """Raises ValueError and KeyError for other columns than those of a training."""
    epochs = [int(row["epoch"]) for row in rows]
    losses = [_number(row["train_loss"]) for row in rows]
    checks = [_share(row["val_hits"], row["val_slices"]) for row in rows]
    ends = (min(epochs), max(epochs))
    highest = max((loss for loss in losses if loss is not None), default=0.0)
    return Curve(
        network,
        ends,
        highest,
        _points(epochs, [None if v is None else v / (highest or 1.0) for v in losses], ends),
        _points(epochs, checks, ends),
    )


def _points(epochs: Sequence[int], heights: Sequence[float | None], ends: tuple[int, int]) -> str:
    """heights: 0 to 1, None where nothing was measured."""
    span = max(ends[1] - ends[0], 1)
    return " ".join(
        f"{WIDTH * (epoch - ends[0]) / span:.1f},{HEIGHT * (1 - height):.1f}"
        for epoch, height in zip(epochs, heights, strict=True)
        if height is not None
    )


def _number(text: str) -> float | None:
    if not text:
        return None
    value = float(text)
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(text)
    return value


def _share(hits: str, of: str) -> float | None:
    if not hits or not of or int(of) <= 0:
        return None
    share = int(hits) / int(of)
    if not 0 <= share <= 1:
        raise ValueError(hits)
    return share
