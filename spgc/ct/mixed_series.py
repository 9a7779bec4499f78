"""Two scans in one series: slices of one lie between those of the other, and no UID parts them."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.ct.geometry import REGULAR, Placement
from spgc.errors import SeriesError

MIXED = 0.5
"""Share of slices with a repeated InstanceNumber, or of those of one run that lie among another's,
from which a series holds more than one scan."""

UNEVEN = 0.25
"""Share of uneven distances from which runs that lie among each other were not meant to: an
acquisition in two passes leaves even ones."""

STRANGERS = 0.1
"""Share of slices that lie between two neighbours of the usual distance, with a number that comes
twice, from which they are another series: thick slices, a repeated piece, expiration."""

LONG = 5
"""Slices that a run has at least; numbers without an order make shorter ones."""

MOST_IN_RUNS = 0.8
"""Share of slices in such runs from which InstanceNumbers are those of acquisitions."""


def check_mixture(placement: Placement, folder: Path) -> None:
    """Refuse two scans of one series, which their InstanceNumbers tell apart.

    Either each counts its slices from 1, so that most numbers come twice, or the second goes on
    where the first ended. Their slices lie at distances that no scanner would choose. Raises
    SeriesError.
    """
    numbers = [image.number for image in placement.slices]
    steps = -np.diff(placement.positions)
    if not steps.size:
        return
    uneven = np.abs(steps - np.median(steps)) > REGULAR * np.median(steps)
    counts = Counter(numbers)
    twice = sum(count for number, count in counts.items() if number is not None and count > 1)
    if len(counts) > 1 and twice >= MIXED * len(numbers) and uneven.any():
        raise _several(
            folder, f"{twice} of {len(numbers)} slices share their InstanceNumber with another"
        )
    between = _between(steps, float(np.median(steps)))
    strangers = sum(counts[numbers[i]] > 1 and numbers[i] is not None for i in between)
    if len(counts) > 1 and strangers >= STRANGERS * len(numbers):
        found = f"{strangers} slices between two others, with InstanceNumbers that come twice"
        raise _several(folder, found)
    if uneven.mean() < UNEVEN or twice or None in numbers:
        return
    runs = _runs(placement.positions[np.argsort(np.array(numbers, np.float64))])
    if any(_among(one, other) for one, other in combinations(runs, 2)):
        lengths = " and ".join(str(len(run)) for run in runs)
        raise _several(folder, f"runs of {lengths} slices by InstanceNumber, among each other")


def _between(steps: NDArray[np.float64], usual: float) -> NDArray[np.intp]:
    """Slices without which their neighbours would lie at the usual distance, of (S - 1,) steps."""
    above, below = steps[:-1], steps[1:]
    fills = np.abs(above + below - usual) <= REGULAR * usual
    short = np.maximum(above, below) < (1 - REGULAR) * usual
    return np.flatnonzero(fills & short) + 1


def _runs(places: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Places in the order of their numbers, cut where these start anew; none without order."""
    steps = np.sign(np.diff(places))
    onwards = 1.0 if steps.sum() > 0 else -1.0
    parts = np.split(places, np.flatnonzero(steps != onwards) + 1)
    runs = [part for part in parts if len(part) >= LONG]
    return runs if sum(map(len, runs)) >= MOST_IN_RUNS * len(places) else []


def _among(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether most slices of the shorter run lie between the ends of the longer one."""
    short, long = sorted((one, other), key=len)
    inside = (short > long.min()) & (short < long.max())
    return bool(inside.mean() >= MIXED)


def _several(folder: Path, found: str) -> SeriesError:
    return SeriesError(
        "several series in one folder, with the same or no UIDs",
        where=folder,
        found=f"{found}, at uneven distances",
        expected="one series",
        do="put each series into a folder of its own",
    )
