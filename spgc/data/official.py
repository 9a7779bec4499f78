"""The organisers' own list, `Stats.csv`: the official train and validation split.

The file itself could not be found; its columns are known from public scripts that read it:
`Folder`, `Diagnosis` (COVID-19, CAP, Normal) and `Category` (Train, Valid).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from spgc.data.manifests import Case, Manifest, read_table_text
from spgc.errors import DataError
from spgc.protocol import CLASSES, class_named

FILE_NAME = "Stats.csv"

_CATEGORIES: Mapping[str, str] = {"train": "train", "valid": "val", "validation": "val"}


def read_stats(path: Path) -> Manifest:
    """The cases of `Stats.csv`, certainty official.

    Raises DataError, naming the line, for a missing column or an unknown word.
    """
    rows = csv.DictReader(io.StringIO(read_table_text(path)))
    columns = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    missing = [name for name in ("folder", "diagnosis", "category") if name not in columns]
    if missing:
        raise DataError(
            "Stats.csv lacks columns", where=path, found=", ".join(columns) or "no header",
            expected="Folder, Diagnosis, Category",
        )  # fmt: skip
    cases: dict[str, Case] = {}
    for row in rows:
        values = [(row.get(columns[name]) or "").strip() for name in ("folder", "diagnosis",
                                                                    "category")]  # fmt: skip
        case = _case(values, f"{path}, line {rows.line_num}")
        if cases.setdefault(case.case_id, case) != case:
            raise DataError(f"{case.case_id} stands twice in Stats.csv", where=path)
    return Manifest(cases)


def _case(values: list[str], where: str) -> Case:
    name, diagnosis, category = values
    label, split = class_named(diagnosis), _CATEGORIES.get(category.lower())
    if not name or label is None or split is None:
        raise DataError(
            "Stats.csv has a row that can't be understood", where=where,
            found=f"Folder {name!r}, Diagnosis {diagnosis!r}, Category {category!r}",
            expected=f"a folder, {' | '.join(CLASSES)}, Train | Valid",
        )  # fmt: skip
    # A path such as "COVID-19 subjects/P001" names the same case as P001.
    return Case(name.replace("\\", "/").rstrip("/").split("/")[-1], label, split,
                "the organisers' Stats.csv", "official")  # fmt: skip
