"""Training metrics: training.csv, one row per evaluation, and TensorBoard's curves.

A stopped training goes on from its last save: rows noted after that are taken out again.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from spgc.files.csv_text import csv_text
from spgc.files.json_documents import read_limited
from spgc.files.whole import write_text
from spgc.nets.training.state import TrainingState
from spgc.nets.training.task import Task

TABLE, CURVES = "training.csv", "tensorboard"
"""Where they lie in the model folder; curves in a folder for each network."""

_FIRST = ("backbone", "epoch", "step", "learning_rate")

MAX_TABLE = 2**26
"""Bytes of a table beyond which it is begun anew: a row has 150."""

_STEP = re.compile("[0-9]{1,15}")

TIMINGS = ("slices_per_second", "waiting")
"""Columns that differ from run to run."""


def columns_of(task: Task) -> tuple[str, ...]:
    """Columns of training.csv.

    `epoch` from 1, 0 before training; `step` from the start of training. Training figures are
    those of the epoch so far, in training mode: augmented items, dropout. `waiting` is the share
    of the training's time spent standing still for data.
    """
    training = ("loss", *task.means, *task.counts, "slices")
    checks = (*task.checks, "slices")
    return (
        *_FIRST,
        *(f"train_{name}" for name in training),
        *(f"val_{name}" for name in checks),
        *TIMINGS,
    )


class Metrics:
    """The metrics of one network's training in `folder`, kept as far as `found` was saved.

    None begins anew. With `curves`, TensorBoard's files are written as well.
    """

    def __init__(
        self,
        folder: Path,
        network: str,
        columns: Sequence[str],
        found: TrainingState | None,
        *,
        curves: bool,
    ) -> None:
        self._table, self._columns = folder / TABLE, tuple(columns)
        first = 0 if found is None else found.step + 1
        self._writer = _writer(folder / CURVES / network, first) if curves else None
        self._rewind(network, -1 if found is None else found.evaluated)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def note(self, row: Sequence[str]) -> None:
        """Add a row to the table."""
        with self._table.open("a", newline="", encoding="utf-8") as file:
            file.write(csv_text([row]))

    def draw(self, step: int, figures: Mapping[str, float]) -> None:
        """Add one point to each of the named curves."""
        if self._writer is not None:
            for name, value in figures.items():
                self._writer.add_scalar(name, value, step)

    def _rewind(self, network: str, done: int) -> None:
        """Keep other networks' rows and this one's up to step `done`, whole ones only."""
        first, *rows = _rows(self._table) or [[]]
        same = first == list(self._columns)
        kept = [row for row in rows if self._kept(row, network, done)] if same else []
        write_text(self._table, csv_text([self._columns, *kept]))

    def _kept(self, row: list[str], network: str, done: int) -> bool:
        if len(row) != len(self._columns) or not _STEP.fullmatch(row[2]):
            return False  # a kill in the middle of writing, or damage
        return row[0] != network or int(row[2]) <= done


def _rows(table: Path) -> list[list[str]]:
    """The lines of a table that can be read; none of a file that is none, or no table."""
    try:
        lines = read_limited(table, MAX_TABLE).decode("utf-8", "replace").splitlines()
    except (OSError, ValueError):
        return []
    found: list[list[str]] = []
    for line in lines:
        with suppress(csv.Error):
            found += csv.reader([line])
    return found


def _writer(folder: Path, first: int) -> Any:
    """TensorBoard's writer; points from step `first` on that an earlier run wrote are hidden."""
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder), purge_step=first)
