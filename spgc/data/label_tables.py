"""Slice labels as CSV tables: the project's own form and the challenge's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.data.csv_tables import read_lines, read_rows, whole_number
from spgc.errors import DataError

Labels = Mapping[str, NDArray[np.uint8]]
"""0/1 per slice from the head, by case ID; may be padded with zeros at the end."""

MAX_SLICES = 5000
"""More slices than any CT scan has; a larger number in a label file is an error."""

_CASE_NAME = re.compile(r"(P|cap|normal)\d{3}", re.IGNORECASE)


def read_own(path: Path) -> Labels:
    """`case,slice,infected`: slice from 0 at the head, infected 0 or 1, every slice named.

    Raises DataError, naming the line, for other values, a hole or a slice that comes twice.
    """
    found: dict[str, dict[int, int]] = {}
    for row in read_rows(path, "slice label file", ("case", "slice", "infected")):
        if not row["case"]:
            raise DataError("slice label without a case ID", where=row.where)
        marks = found.setdefault(row["case"], {})
        index = whole_number(row["slice"], MAX_SLICES, row.where, "slice number")
        if index in marks:
            raise DataError(f"slice {index} of {row['case']} is labelled twice", where=row.where)
        marks[index] = whole_number(row["infected"], 1, row.where, "infected")
    return {case: _dense(case, marks, path) for case, marks in found.items()}


def _dense(case: str, marks: Mapping[int, int], path: Path) -> NDArray[np.uint8]:
    if max(marks) != len(marks) - 1:
        raise DataError(
            f"slice labels of {case} are incomplete",
            where=path,
            found=f"{len(marks)} slices, highest number {max(marks)}",
            expected="each slice from 0 on once",
        )
    return np.array([marks[i] for i in range(len(marks))], np.uint8)


def read_challenge(path: Path) -> Labels:
    """`Slice_level_labels.csv`: a row a patient, its name, then 0/1 per slice; blanks end it.

    The header's exact words are unknown: a first row that can't be a patient's is the header.
    Raises DataError, naming the line, for other values or a patient who comes twice.
    """
    labels: dict[str, NDArray[np.uint8]] = {}
    for number, (cells, where) in enumerate(read_lines(path, "slice label file")):
        if not any(cells) or (number == 0 and _is_header(cells)):
            continue
        name = cells[0].replace("\\", "/").rstrip("/").split("/")[-1]
        if not name or name in labels:
            what = f"{name} is labelled twice" if name else "slice labels without a patient"
            raise DataError(what, where=where, expected="one row per patient, its name first")
        labels[name] = _marks(cells[1:], where)
    if not labels:
        raise DataError("slice labels hold no patient", where=path, expected="one row per patient")
    return labels


def _is_header(cells: Sequence[str]) -> bool:
    if _CASE_NAME.fullmatch(cells[0]):
        return False
    return not cells[0] or any(cell not in ("", "0", "1", "0.0", "1.0") for cell in cells[1:])


def _marks(cells: Sequence[str], where: str) -> NDArray[np.uint8]:
    filled = len(cells)
    while filled and not cells[filled - 1]:
        filled -= 1
    if filled > MAX_SLICES:
        raise DataError(
            "too many slice labels", where=where, found=filled, expected=f"at most {MAX_SLICES}"
        )
    # A blank between labels would move every later slice by one: it is read as a fault.
    return np.array([whole_number(c, 1, where, "slice label") for c in cells[:filled]], np.uint8)
