"""Choose the slices of a scan to explain, when none are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import KnownCase, Scan
from spgc.errors import DataError, UsageError

MUCH_LUNG = 0.5
"""Share of the widest slice's lung: above and below lies little to look at."""

APART = 10
"""Slices that are chosen together lie a tenth of the scan apart where they can."""

SliceShares = Mapping[str, NDArray[np.float32]]
"""(S, 3) in `CLASSES` order by slice classifier, slices head to feet."""


@dataclass(frozen=True)
class Wanted:
    """How to choose: `count` slices with the highest probability of `target`.

    target: class index, None for the class that the classifiers' mean names on each slice. worst:
    those with the lowest probability of their true class instead; infected: only slices that are
    labelled infected; among: only these indices, None for all; apart: not next to each other,
    since neighbours look alike.
    """

    count: int = 1
    target: int | None = None
    worst: bool = False
    infected: bool = False
    among: frozenset[int] | None = None
    apart: bool = False


def choose_slices(answers: SliceShares, case: KnownCase, wanted: Wanted) -> list[int]:
    """Indices from 0 at the head, the most wanted first.

    Raises UsageError for a count below 1, DataError when no slice has the labels that it takes.
    """
    if wanted.count < 1:
        raise UsageError("impossible number of slices", found=wanted.count, expected="1 or more")
    mean = mean_answer(answers)
    pool = [
        index
        for index in range(len(mean))
        if (wanted.among is None or index in wanted.among)
        and (not wanted.infected or case.is_infected(index))
        and (not wanted.worst or case.slice_truth(index) is not None)
    ]
    if not pool:
        raise DataError(
            "no slice to choose from",
            where=case.case_id,
            found="no slice labelled infected" if wanted.infected else "no slice of known class",
            expected="slice labels in the data folder",
            do="name a slice with --slice",
        )
    ranked = sorted(pool, key=lambda index: _rank(mean[index], index, case, wanted))
    return _apart(ranked, wanted.count, len(mean)) if wanted.apart else ranked[: wanted.count]


def slices_with_lung(scan: Scan) -> frozenset[int]:
    """Slices with at least `MUCH_LUNG` of the widest slice's lung; all of a scan without lung."""
    areas = scan.arrays()[1].sum(axis=(1, 2))
    return frozenset(np.flatnonzero(areas >= MUCH_LUNG * areas.max()).tolist())


def _apart(ranked: Sequence[int], count: int, slices: int) -> list[int]:
    """The first `count` of `ranked`, a tenth of the scan apart, or less where that is too much."""
    gap = max(1, slices // APART)
    while True:
        chosen: list[int] = []
        for index in ranked:
            if len(chosen) < count and all(abs(index - other) >= gap for other in chosen):
                chosen.append(index)
        if gap == 1 or len(chosen) == count:
            return chosen
        gap //= 2


def _rank(row: NDArray[np.float64], index: int, case: KnownCase, wanted: Wanted) -> float:
    if wanted.worst:
        truth = case.slice_truth(index)
        return float(row[truth]) if truth is not None else 1.0
    return -float(row.max() if wanted.target is None else row[wanted.target])


def mean_answer(answers: SliceShares) -> NDArray[np.float64]:
    """(S, 3): the mean of all slice classifiers."""
    return np.asarray(np.mean(list(answers.values()), axis=0), np.float64)
