"""The counts that stand behind the printed figures are the only ones, and add up."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from spgc.paper.winter.printed_rows import LEARNT_SLICES, ROWS, PrintedRow
from spgc.protocol import CLASSES, SPLITS

IDS = [f"{row.table}-{row.row}" for row in ROWS]


def prints_as(hits: int, total: int, figure: float) -> bool:
    """Rounded to three digits, or cut off after them."""
    share = hits / total
    return math.isclose(round(share, 3), figure) or math.isclose(
        math.floor(1000 * share + 1e-9) / 1000, figure
    )


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_each_class_has_one_count(row: PrintedRow) -> None:
    for name, hits, total in zip(CLASSES, row.hits, SPLITS[row.split].counts, strict=True):
        fitting = [n for n in range(total + 1) if prints_as(n, total, row.rates[name])]
        assert fitting == [hits]


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_counts_add_up_to_the_accuracy(row: PrintedRow) -> None:
    assert prints_as(sum(row.hits), SPLITS[row.split].size, row.accuracy)
    published = row.published("accuracy")
    assert published.counts is not None
    assert published.counts.hits == sum(row.published(c).counts.hits for c in CLASSES)
    assert published.percent == pytest.approx(100 * row.accuracy)


def test_there_are_17_rows() -> None:
    assert Counter(row.table for row in ROWS) == {"I": 2, "II": 5, "III": 2, "IV": 3, "V": 5}


def test_the_data_set_is_as_large_as_it_says() -> None:
    """Table VI: 8,710 in all."""
    assert sum(LEARNT_SLICES.values()) == 8710
