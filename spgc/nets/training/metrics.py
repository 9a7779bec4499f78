"""What training has come to: training.csv with one line an evaluation, and TensorBoard's curves.

A stopped training goes on from its last save: what was noted after that is taken out again.
"""

from __future__ import annotations

import csv
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from spgc.files.csv_text import csv_text
from spgc.files.whole import write_text
from spgc.nets.training.state import Means, Standing

TABLE, CURVES = "training.csv", "tensorboard"
"""Where they lie in the model folder; curves in a folder for each backbone."""


@dataclass(frozen=True)
class Line:
    """One line of training.csv.

    `epoch` from 1, 0 before training; `step` from the start of training. Training figures are
    those of the epoch so far, in training mode: augmented slices, dropout. `waiting` is the share
    of the training's time spent standing still for data.
    """

    backbone: str
    epoch: int
    step: int
    learning_rate: str
    train_loss: str
    train_class_loss: str
    train_region_loss: str
    train_hits: int
    train_slices: int
    val_hits: int
    val_slices: int
    slices_per_second: str
    waiting: str


COLUMNS = tuple(field.name for field in fields(Line))

TIMINGS = ("slices_per_second", "waiting")
"""Columns that differ from run to run."""


class Metrics:
    """The record of one backbone's training in `folder`, kept as far as it `found` itself saved.

    None begins anew. With `curves`, TensorBoard's files are written as well.
    """

    def __init__(
        self, folder: Path, backbone: str, found: Standing | None, *, curves: bool
    ) -> None:
        self._table = folder / TABLE
        first = 0 if found is None else found.step + 1
        self._writer = _writer(folder / CURVES / backbone, first) if curves else None
        _rewind(self._table, backbone, -1 if found is None else found.evaluated)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def note(self, line: Line) -> None:
        """Add a line to the table, and its figures to the curves."""
        with self._table.open("a", newline="", encoding="utf-8") as file:
            file.write(csv_text([astuple(line)]))
        figures = {"validation/accuracy": line.val_hits / line.val_slices if line.val_slices else 0}
        if line.train_slices:
            figures["speed/slices per second"] = float(line.slices_per_second)
            figures["speed/share waiting for data"] = float(line.waiting)
        self._draw(line.step, figures)

    def curve(self, step: int, recent: Means, rate: float) -> None:
        """One point of the training curves: means since the last one."""
        figures = {
            "training/loss": recent.loss,
            "training/class loss": recent.class_loss,
            "training/region loss": recent.region_loss,
            "training/accuracy": recent.accuracy,
            "training/learning rate": rate,
        }
        self._draw(step, figures)

    def _draw(self, step: int, figures: dict[str, float]) -> None:
        if self._writer is not None:
            for name, value in figures.items():
                self._writer.add_scalar(name, value, step)


def _writer(folder: Path, first: int) -> Any:
    """TensorBoard's writer; points from step `first` on that an earlier run wrote are hidden."""
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder), purge_step=first)


def _rewind(table: Path, backbone: str, done: int) -> None:
    """Keep other backbones' lines and this one's up to step `done`, whole ones only."""
    kept = []
    if table.is_file():
        with table.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        kept = [row for row in rows[1:] if _kept(row, backbone, done)] if rows else []
        kept = kept if rows[:1] == [list(COLUMNS)] else []
    write_text(table, csv_text([COLUMNS, *kept]))


def _kept(row: list[str], backbone: str, done: int) -> bool:
    if len(row) != len(COLUMNS) or not row[2].isdecimal():
        return False  # a kill in the middle of writing
    return row[0] != backbone or int(row[2]) <= done
