"""`Stats.csv`, the organisers' list of the train and validation split.

The file itself could not be found; its columns are known from public scripts that read it:
`Folder`, `Diagnosis` (COVID-19, CAP, Normal) and `Category` (Train, Valid).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from spgc.data.case_names import is_phantom
from spgc.data.csv_tables import Row, read_rows
from spgc.data.manifests import SYNTHETIC_LABEL, Case, Manifest
from spgc.errors import DataError
from spgc.protocol import CLASSES, class_named

FILE_NAME = "Stats.csv"

_CATEGORIES: Mapping[str, str] = {"train": "train", "valid": "val", "validation": "val"}


def read_stats(path: Path) -> Manifest:
    """The cases of `Stats.csv`, certainty official.

    Raises DataError, naming the line, for a missing column or an unknown word.
    """
    cases: dict[str, Case] = {}
    for row in read_rows(path, FILE_NAME, ("folder", "diagnosis", "category")):
        case = _case(row)
        if cases.setdefault(case.case_id, case) != case:
            raise DataError(
                f"{case.case_id} stands twice in Stats.csv",
                where=row.where,
                found=f"{cases[case.case_id].split} and {case.split}",
                expected="each case once",
            )
    return Manifest(cases)


def _case(row: Row) -> Case:
    label, split = class_named(row["diagnosis"]), _CATEGORIES.get(row["category"].lower())
    # A path such as "COVID-19 subjects/P001" names the same case as P001.
    name = row["folder"].replace("\\", "/").rstrip("/").split("/")[-1].strip()
    if not name or label is None or split is None:
        raise DataError(
            "Stats.csv has a row that can't be understood",
            where=row.where,
            found=f"Folder {name!r}, Diagnosis {row['diagnosis']!r}, Category {row['category']!r}",
            expected=f"a folder, {' | '.join(CLASSES)}, Train | Valid",
        )
    certainty = SYNTHETIC_LABEL if is_phantom(name) else "official"
    return Case(name, label, split, "the organisers' Stats.csv", certainty)
