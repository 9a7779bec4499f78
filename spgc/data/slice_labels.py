"""Which slices of a scan a radiologist marked as infected, from every form the data has had.

Forms: `Slice-level-labels*.npy` with `Index.csv` (row = line of the index, not its printed
number, which skips 43), the challenge's `Slice_level_labels.csv` (one row a patient), and
`slice_labels.csv` with `case,slice,infected` for data of one's own. Slices count from the head.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.data.manifests import read_table_text
from spgc.errors import DataError

Labels = Mapping[str, NDArray[np.uint8]]
"""0/1 per slice from the head, by case ID; may be padded with zeros at the end."""

OWN_FILE, CHALLENGE_FILE, INDEX_FILE = "slice_labels.csv", "Slice_level_labels.csv", "Index.csv"

ARRAY_FILES = ("Slice-level-labels-updated-1.npy", "Slice-level-labels.npy")
"""Newest first: the later relabelling (P001 and P006 differ) wins where both are there."""

MAX_SLICES = 5000
"""More slices than any CT scan has; a larger number in a label file is an error."""

MAX_ARRAY_BYTES = 64 * 2**20


@dataclass(frozen=True)
class SliceLabels:
    """Labels by case ID and the file they come from.

    `numbering` is "figshare", "challenge" or "own": whose case IDs the labels go by.
    """

    labels: Labels
    source: Path
    numbering: str


def find_slice_labels(root: Path) -> SliceLabels | None:
    """The slice labels in `root` or the folders directly in it, or None.

    Raises DataError when a label file is damaged or its index is missing.
    """
    places = [root, *sorted(p for p in root.iterdir() if p.is_dir())]
    for name in (OWN_FILE, CHALLENGE_FILE, *ARRAY_FILES):
        for place in places:
            path = place / name
            # Some file systems can't tell slice_labels.csv from other spellings: compare names.
            if path.is_file() and path.name in {p.name for p in place.iterdir()}:
                return _read(path)
    return None


def _read(path: Path) -> SliceLabels:
    if path.name == OWN_FILE:
        return SliceLabels(read_own(path), path, "own")
    if path.name == CHALLENGE_FILE:
        return SliceLabels(read_challenge(path), path, "challenge")
    labels = read_array(path, path.parent / INDEX_FILE)
    return SliceLabels(labels, path, "figshare" if len(labels) == 79 else "challenge")


def read_own(path: Path) -> Labels:
    """`case,slice,infected`: slice from 0 at the head, infected 0 or 1, every slice named."""
    rows = csv.DictReader(io.StringIO(read_table_text(path)))
    if rows.fieldnames is None or not {"case", "slice", "infected"} <= set(rows.fieldnames):
        raise DataError(
            "slice labels lack columns", where=path, found=", ".join(rows.fieldnames or ()),
            expected="case, slice, infected",
        )  # fmt: skip
    found: dict[str, dict[int, int]] = {}
    for row in rows:
        where = f"{path}, line {rows.line_num}"
        index = _number(row["slice"], MAX_SLICES, where, "slice number")
        found.setdefault(row["case"], {})[index] = _number(row["infected"], 1, where, "infected")
    return {case: _dense(case, marks, path) for case, marks in found.items()}


def _dense(case: str, marks: Mapping[int, int], path: Path) -> NDArray[np.uint8]:
    if sorted(marks) != list(range(len(marks))):
        raise DataError(
            f"slice labels of {case} have holes", where=path,
            found=f"{len(marks)} slices, highest number {max(marks)}",
            expected="each slice from 0 on once",
        )  # fmt: skip
    return np.array([marks[i] for i in range(len(marks))], np.uint8)


def read_challenge(path: Path) -> Labels:
    """One row a patient: its name, then 0/1 for each slice; empty cells end the row."""
    rows = csv.reader(io.StringIO(read_table_text(path)))
    labels: dict[str, NDArray[np.uint8]] = {}
    for row in rows:
        name, cells = (row[0].strip() if row else ""), row[1:]
        if not name or name.lower() in ("patient", "folder", "patient name", "case"):
            continue  # the header: its exact words are unknown
        where = f"{path}, line {rows.line_num}"
        values = [_number(cell, 1, where, "label") for cell in cells if cell.strip()]
        labels[name] = np.array(values, np.uint8)
    if not labels:
        raise DataError("slice labels hold no patient", where=path, expected="one row a patient")
    return labels


def _number(text: str | None, largest: int, where: str, what: str) -> int:
    try:
        value = float(text or "")
    except ValueError:
        value = -1.0
    if value != int(value) or not 0 <= value <= largest:
        raise DataError(
            f"{what} can't be read", where=where, found=repr(text), expected=f"0 to {largest}"
        )
    return int(value)


def read_array(path: Path, index: Path) -> Labels:
    """`Slice-level-labels*.npy`, (patients, 200) of 0/1, named by the lines of `Index.csv`."""
    names = read_index(index)
    array = _load(path)
    good = array.ndim == 2 and len(array) == len(names) and np.isin(array, (0, 1)).all()
    if not good:
        raise DataError(
            "slice label array does not fit its index", where=path,
            found=f"shape {array.shape}, values up to {array.max() if array.size else '–'}",
            expected=f"{len(names)} rows (lines of {index.name}) of 0 and 1",
        )  # fmt: skip
    return {name: row.astype(np.uint8) for name, row in zip(names, array, strict=True)}


def _load(path: Path) -> NDArray[np.generic]:
    if path.stat().st_size > MAX_ARRAY_BYTES:
        raise DataError("label array is too large", where=path, expected="at most 64 MiB")
    try:
        return np.asarray(np.load(path, allow_pickle=False))
    except (ValueError, OSError, EOFError) as error:
        raise DataError(
            "label array can't be read", where=path, found=str(error).splitlines()[0],
            expected="a NumPy array of numbers",
        ) from error  # fmt: skip


def read_index(path: Path) -> list[str]:
    """Case IDs in the order of the array's rows: the lines of `Index.csv`, old or new form."""
    if not path.is_file():
        raise DataError(
            "label array without its index", where=path, expected="Index.csv beside the array",
            do="copy Index.csv from the same release",
        )  # fmt: skip
    rows = csv.DictReader(io.StringIO(read_table_text(path)))
    columns = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    column = columns.get("folder/id") or columns.get("folder")
    if column is None:
        raise DataError(
            "Index.csv lacks a column", where=path, found=", ".join(columns),
            expected="Folder/ID or Folder",
        )  # fmt: skip
    return [(row[column] or "").strip() for row in rows if (row[column] or "").strip()]
