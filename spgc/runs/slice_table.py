"""Slice predictions as a table, for people who want to see what a patient's answer came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import NamedScan, Scan
from spgc.contract.slices import SliceModel
from spgc.files.whole import write_text
from spgc.protocol import CLASSES, PROBABILITY_COLUMNS

if TYPE_CHECKING:
    import pandas as pd


SLICE_TABLE = "slice_table"
"""Field of a run's record: SHA-256 of the slice table that was written with it, None for none."""

HEAD = b"case,backbone,slice,label,"
"""How a slice table begins."""


@dataclass(frozen=True)
class GivenSlices:
    """Slice probabilities that came with the answers, as a `SliceModel`."""

    rows: Mapping[str, Mapping[str, NDArray[np.float32]]]

    def slice_probabilities(self, case_id: str, scan: Scan) -> Mapping[str, NDArray[np.float32]]:
        """(S, 3) in `CLASSES` order by the name of each slice classifier."""
        return self.rows[case_id]


def slice_table(system: SliceModel, scans: Iterable[NamedScan]) -> pd.DataFrame:
    """One row per case, backbone and slice: `slice` from 1 at the head, label, probabilities."""
    import pandas as pd

    columns = [PROBABILITY_COLUMNS[name] for name in CLASSES]
    parts = []
    for case_id, scan in scans:
        for backbone, rows in system.slice_probabilities(case_id, scan).items():
            part = pd.DataFrame(rows, columns=columns)
            part.insert(0, "label", [CLASSES[k] for k in rows.argmax(axis=1)])
            part.insert(0, "slice", range(1, len(rows) + 1))
            part.insert(0, "backbone", backbone)
            part.insert(0, "case", case_id)
            parts.append(part)
    return pd.concat(parts, ignore_index=True)


def write_slice_table(table: pd.DataFrame, path: Path) -> None:
    """Write the table as CSV, all or nothing."""
    write_text(path, table.to_csv(index=False, float_format="%.6f", lineterminator="\n"))
