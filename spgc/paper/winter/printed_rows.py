"""The figures of Winter's paper, as printed, and the counts of scans that they follow from.

Pan, Yan, Li: Diagnosis of COVID-19 Based On Slice-level CT Scans Classification, 2021, Tables I to
V. Three digits are printed, mostly rounded, a few cut off (12/19 as .631); for each row one count
of scans a class fits, and the counts of a row add up to its accuracy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from spgc.paper.printed_numbers import Published
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL, SPLITS
from spgc.scoring.counts import Rate

LEARNT_SLICES: Mapping[str, int] = MappingProxyType({COVID19: 1955, CAP: 567, NORMAL: 6188})
"""Table VI, data set D: slices of training after the area rule."""


@dataclass(frozen=True)
class PrintedRow:
    """One row: `accuracy` and `rates` by class as printed, `hits` by class in `CLASSES` order."""

    table: str
    row: str
    split: str
    accuracy: float
    rates: Mapping[str, float]
    hits: tuple[int, int, int]

    def published(self, measure: str) -> Published:
        """ "accuracy" or the rate of a class, with its count of scans."""
        totals = SPLITS[self.split].counts
        where = f"Table {self.table}, {self.row}"
        if measure == "accuracy":
            counts = Rate(sum(self.hits), sum(totals))
            return Published(100 * self.accuracy, where, counts, inferred=True)
        number = CLASSES.index(measure)
        counts = Rate(self.hits[number], totals[number])
        return Published(100 * self.rates[measure], where, counts, inferred=True)


def _row(
    table: str,
    row: str,
    accuracy: float,
    normal: float,
    covid: float,
    cap: float,
    hits: tuple[int, int, int],
    split: str = "val",
) -> PrintedRow:
    """A row with its figures in the order in which the paper prints them."""
    return PrintedRow(table, row, split, accuracy, {COVID19: covid, CAP: cap, NORMAL: normal}, hits)


ROWS = (
    _row("I", "Train", 0.885, 1.0, 0.897, 0.707, (104, 29, 52), "train"),
    _row("I", "Valid", 0.898, 0.917, 0.964, 0.684, (53, 13, 22)),
    _row("II", "1, 2", 0.876, 0.962, 0.914, 0.659, (106, 27, 50), "train"),
    _row("II", "3", 0.885, 1.0, 0.897, 0.707, (104, 29, 52), "train"),
    _row("II", "4, 5", 0.880, 1.0, 0.888, 0.707, (103, 29, 52), "train"),
    _row("II", "6, 7, 8", 0.876, 1.0, 0.879, 0.707, (102, 29, 52), "train"),
    _row("II", "9", 0.870, 1.0, 0.879, 0.683, (102, 28, 52), "train"),
    _row("III", "Method1", 0.571, 0.667, 0.655, 0.211, (36, 4, 16)),
    _row("III", "Method2", 0.704, 0.458, 0.836, 0.631, (46, 12, 11)),
    _row("IV", "a", 0.694, 0.458, 0.836, 0.579, (46, 11, 11)),
    _row("IV", "b", 0.837, 0.875, 0.945, 0.474, (52, 9, 21)),
    _row("IV", "c", 0.714, 0.542, 0.909, 0.368, (50, 7, 13)),
    _row("V", "0", 0.837, 0.875, 0.945, 0.474, (52, 9, 21)),
    _row("V", "5000", 0.898, 0.917, 0.964, 0.684, (53, 13, 22)),
    _row("V", "10000", 0.816, 0.708, 0.981, 0.473, (54, 9, 17)),
    _row("V", "15000", 0.857, 0.792, 0.982, 0.579, (54, 11, 19)),
    _row("V", "20000", 0.857, 0.833, 0.964, 0.579, (53, 11, 20)),
)
"""All rows of whole scans, Tables I to V."""


def printed(table: str, row: str) -> PrintedRow:
    """The row called so in Table `table`."""
    return next(one for one in ROWS if (one.table, one.row) == (table, row))
