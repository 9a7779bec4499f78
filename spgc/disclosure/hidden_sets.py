"""The hidden labels of a challenge as an attacker knows them: sets, and how many cases of a class.

An attack does as well on any order of the same labels, so that the sizes say all that counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from spgc.errors import DataError

MOST_CLASSES = 20
MOST_CASES = 1_000_000


@dataclass(frozen=True)
class HiddenSet:
    """A set that is scored by itself; sizes: its cases per class, 0 for a class that it lacks."""

    name: str
    sizes: tuple[int, ...]

    @property
    def cases(self) -> int:
        return sum(self.sizes)


@dataclass(frozen=True)
class HiddenLabels:
    """All sets of a challenge; the cases of a set stand together, in the order of `sets`.

    Raises DataError unless there are 2 to 20 classes, the same for all sets, and cases in each set.
    """

    sets: tuple[HiddenSet, ...]

    def __post_init__(self) -> None:
        numbers = {len(one.sizes) for one in self.sets}
        if len(numbers) != 1 or not 2 <= self.classes <= MOST_CLASSES:
            raise DataError(
                "these classes can't be hidden labels",
                found=" and ".join(f"{number} classes" for number in sorted(numbers)) or "no set",
                expected=f"2 to {MOST_CLASSES} classes, the same for all sets",
            )
        for one in self.sets:
            if one.cases < 1 or min(one.sizes) < 0:
                raise DataError(
                    f"set {one.name} holds no case", found=one.sizes, expected="cases per class"
                )
        if self.cases > MOST_CASES:
            raise DataError(
                "too many cases",
                found=f"{self.cases:,}",
                expected=f"{MOST_CASES:,} at most",
                do="ask for one set",
            )

    @property
    def classes(self) -> int:
        return len(self.sets[0].sizes)

    @cached_property
    def cases(self) -> int:
        return sum(one.cases for one in self.sets)

    @property
    def places(self) -> list[slice]:
        """Where the cases of each set stand."""
        ends = np.cumsum([0, *(one.cases for one in self.sets)]).tolist()
        return [slice(a, b) for a, b in pairwise(ends)]

    @cached_property
    def truth(self) -> NDArray[np.intp]:
        """The label of each case, (N,), from 0."""
        each = [np.repeat(np.arange(self.classes), one.sizes) for one in self.sets]
        return np.concatenate(each)

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """How likely each class is for each case before any answer, (N, C): its set's sizes."""
        rows = [np.array(one.sizes) / one.cases for one in self.sets]
        return np.repeat(rows, [one.cases for one in self.sets], axis=0)

    @property
    def known(self) -> int:
        """Labels that need no submission: those of sets with one class."""
        return sum(one.cases for one in self.sets if max(one.sizes) == one.cases)

    @property
    def chance(self) -> int:
        """Labels that are correct without any feedback: the majority class of each set."""
        return sum(max(one.sizes) for one in self.sets)


def one_set(sizes: Sequence[int], name: str = "own") -> HiddenLabels:
    """The hidden labels of a challenge with one set."""
    return HiddenLabels((HiddenSet(name, tuple(sizes)),))
