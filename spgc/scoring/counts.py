"""The confusion matrix (rows: true class), and every rate as hits over total."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from spgc.scoring.intervals import Interval, clopper_pearson, wilson

CountRow = tuple[int, ...]


@dataclass(frozen=True)
class Rate:
    """A share of patients. Without patients it has no value: None, never 0 or NaN."""

    hits: int
    total: int

    @property
    def value(self) -> float | None:
        return self.hits / self.total if self.total else None

    @property
    def exact(self) -> Interval | None:
        """Clopper-Pearson interval at 95 %."""
        return clopper_pearson(self.hits, self.total) if self.total else None

    @property
    def wilson(self) -> Interval | None:
        """Wilson interval at 95 %."""
        return wilson(self.hits, self.total) if self.total else None

    def as_dict(self) -> dict[str, Any]:
        return {
            "hits": self.hits,
            "total": self.total,
            "value": self.value,
            "exact": list(self.exact) if self.exact else None,
            "wilson": list(self.wilson) if self.wilson else None,
        }


@dataclass(frozen=True)
class Confusion:
    """counts: a row per true class × a column per predicted class, in the challenge's order."""

    counts: tuple[CountRow, ...]

    def __add__(self, other: Confusion) -> Confusion:
        rows = zip(self.counts, other.counts, strict=True)
        return _confusion([[a + b for a, b in zip(x, y, strict=True)] for x, y in rows])

    @property
    def total(self) -> int:
        return sum(map(sum, self.counts))

    @property
    def accuracy(self) -> Rate:
        return Rate(sum(row[i] for i, row in enumerate(self.counts)), self.total)

    @property
    def present(self) -> list[int]:
        """Positions of the classes that have at least one true case."""
        return [i for i, row in enumerate(self.counts) if sum(row)]

    def sensitivity(self, position: int) -> Rate:
        """Cases of the class that were called so, out of all its cases."""
        return Rate(self.counts[position][position], sum(self.counts[position]))

    def specificity(self, position: int) -> Rate:
        """Cases of the other classes that were not called so, out of all of them."""
        others = [row for i, row in enumerate(self.counts) if i != position]
        total = sum(map(sum, others))
        return Rate(total - sum(row[position] for row in others), total)

    @property
    def balanced_accuracy(self) -> float | None:
        """Mean sensitivity of the classes present; None without cases.

        Rounded once, from the exact mean: equal ones are equal numbers wherever they are ranked.
        """
        shares = [Fraction(self.counts[i][i], sum(self.counts[i])) for i in self.present]
        return float(sum(shares, Fraction(0)) / len(shares)) if shares else None

    @property
    def macro_f1(self) -> float | None:
        """Mean F1 of the classes present, F1 = 2 TP / (cases + calls); None without cases."""
        values = []
        for i in self.present:
            calls = sum(row[i] for row in self.counts)
            values.append(2 * self.counts[i][i] / (sum(self.counts[i]) + calls))
        return _mean(values)


def _mean(values: Sequence[float]) -> float | None:
    """The mean; `sum` rounds otherwise from Python 3.12 on."""
    return math.fsum(values) / len(values) if values else None


def _confusion(rows: list[list[int]]) -> Confusion:
    return Confusion(tuple(map(tuple, rows)))


def confusion(
    truth: Mapping[str, str], predictions: Mapping[str, str], classes: Sequence[str]
) -> Confusion:
    """Count the cases of `truth` by true and predicted class; both map case IDs to `classes`."""
    places = {name: place for place, name in enumerate(classes)}
    return confusion_of(
        (places[label] for label in truth.values()),
        (places[predictions[case]] for case in truth),
        len(classes),
    )


def confusion_of(truth: Iterable[int], predicted: Iterable[int], classes: int) -> Confusion:
    """Count by true and predicted class; positions of both, one pair for each case."""
    rows = [[0] * classes for _ in range(classes)]
    for label, found in zip(truth, predicted, strict=True):
        rows[label][found] += 1
    return _confusion(rows)


def pooled(parts: Iterable[Confusion], classes: int) -> Confusion:
    """The sum of several confusion matrices of `classes` classes."""
    return sum(parts, _confusion([[0] * classes for _ in range(classes)]))
