"""The training features of a model as CSV: what its patient classifiers were trained on."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spgc.classifiers.classifier import Classes, Features
from spgc.classifiers.groups import feature_names
from spgc.contract.scan import LabelledScan
from spgc.errors import ModelError
from spgc.files.csv_text import csv_text
from spgc.files.doubles import first_double
from spgc.files.json_documents import read_limited
from spgc.files.whole import write_text
from spgc.protocol import CLASSES

FEATURES_FILE = "training-features.csv"

MAX_BYTES = 64 * 2**20
"""Of the table; 200 scans give some 0.5 MB."""

_FACTS = ("case", "label", "fold")


@dataclass(frozen=True)
class FeatureTable:
    """Case IDs, their features (N, F) in [0, 1] and classes (N,) as indices into `CLASSES`."""

    cases: tuple[str, ...]
    features: Features
    classes: Classes


def write_features(
    path: Path,
    scans: Sequence[LabelledScan],
    features: Features,
    backbones: tuple[str, ...],
    folds: Mapping[str, int] | None,
) -> None:
    """One row per scan: case, label, fold (empty without folds), then the features by name."""
    rows: list[tuple[str, ...]] = [(*_FACTS, *feature_names(backbones))]
    for scan, row in zip(scans, features, strict=True):
        fold = "" if folds is None else str(folds[scan.case_id] + 1)
        # repr of a float32 is the shortest text that reads back as the same number.
        rows.append((scan.case_id, scan.label, fold, *map(str, row)))
    write_text(path, csv_text(rows))


def read_features(path: Path, backbones: tuple[str, ...]) -> FeatureTable:
    """The table that `write_features` wrote; ModelError when it is missing or of another form."""
    import pandas as pd

    names = feature_names(backbones)
    try:
        text = read_limited(path, MAX_BYTES).decode("utf-8")
        _check_header(next(csv.reader(io.StringIO(text)), []), len(_FACTS) + len(names))
        table = pd.read_csv(
            io.StringIO(text),
            dtype={"case": str, "label": str},
            keep_default_na=False,
        )
        features = table[names].to_numpy(np.float32)
        classes = np.array([CLASSES.index(label) for label in table["label"]], np.int64)
        cases = tuple(table["case"])
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise ModelError(
            "training features can't be read",
            where=path,
            found=f"{type(error).__name__}: {str(error)[:200]}",
            expected="the table that spgc train wrote",
            do="train again, finished work is kept",
        ) from error
    if not len(cases) or not ((features >= 0) & (features <= 1)).all():
        raise ModelError(
            "training features are no shares",
            where=path,
            expected="one or more rows of 0 to 1",
            do="train again, finished work is kept",
        )
    return FeatureTable(cases, features, classes)


def _check_header(header: Sequence[str], most: int) -> None:
    """Raises ValueError for columns that no table has: pandas fills short rows with them."""
    if twice := first_double(header):
        raise ValueError(f"two columns {twice}")
    if len(header) > most:
        raise ValueError(f"{len(header):,} columns, more than {most:,}")
