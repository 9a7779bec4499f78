"""Slice and lobe label files of a phantom cohort, with the traps of the released arrays.

`Index.csv` names the rows: its printed numbers skip one, so a row is found by the place of its
line, and its paths name folders that do not exist. Slices count from the head and are padded with
zeros to 200.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.data.label_tables import MAX_SLICES
from spgc.files.csv_text import csv_text
from spgc.files.whole import write_bytes, write_text
from spgc.phantoms.plan import PhantomJob
from spgc.protocol import CAP, COVID19, LOBES

WIDTH = 200
"""Slices per row of the released arrays."""

SKIPPED = 43 / 79
"""Where the printed numbers skip one: after 43 of 79 rows in the release."""

_PATHS = {COVID19: "./COVID-19/", CAP: "./CAP/"}


def write_labels(
    root: Path, jobs: list[PhantomJob], lobes: Mapping[str, NDArray[np.bool_]]
) -> None:
    """Write the arrays of the labelled scans of `jobs`; `lobes` (S, 5) by case ID."""
    rows = sorted(
        (job for job in jobs if job.labelled),
        key=lambda job: (job.label != COVID19, job.case.case_id),
    )
    if not rows:
        return
    lobe_array = np.zeros((len(rows), WIDTH, len(LOBES)), np.float64)
    for row, job in zip(lobe_array, rows, strict=True):
        marks = lobes[job.case.case_id]
        row[: len(marks)] = marks
    _save(root / "Slice-level-labels.npy", np.asarray(lobe_array.any(axis=2), np.int64))
    _save(root / "Lobe-level-labels.npy", lobe_array)
    skip = round(SKIPPED * len(rows))
    lines = [("Label Index", "Diagnosis", "Relative Path", "Folder/ID")]
    for place, job in enumerate(rows):
        number = place + (place >= skip)
        lines.append((str(number), job.label, _PATHS[job.label], job.case.case_id))
    write_text(root / "Index.csv", csv_text(lines))


def _save(path: Path, array: NDArray[np.generic]) -> None:
    buffer = io.BytesIO()
    np.save(buffer, array)
    write_bytes(path, buffer.getvalue())


assert WIDTH <= MAX_SLICES  # noqa: S101
