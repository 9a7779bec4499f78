"""Which labels follow for certain from the counts that were shown: an exact search, small sets.

A label is certain when no other labelling that fits every count and the known class sizes has
another label there. The cases are cut into two halves. Each count is the sum of what both halves
give, so that a labelling of one half fits exactly where the other half has one that gives the rest:
meeting in the middle (Horowitz and Sahni, JACM 1974, 21, 277), with each half made of two quarters
so that it is never held whole (Schroeppel and Shamir, SIAM J. Comput. 1981, 10, 456). All counts of
a labelling are one number of 64 bits, a sum of random weights modulo 2^64; that two different ones
coincide anywhere in a search has a chance below 1 in 10,000, and would only call a label open.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.disclosure.feedback import Counted

MOST_LABELLINGS = 1 << 24
"""Labellings of one half: 15 cases of three classes have 14,348,907, a second's work."""

Keys = NDArray[np.uint64]


def certain_labels(told: Counted) -> NDArray[np.bool_] | None:
    """Whether each label is certain, (N,); None where the set is too large for the search."""
    if labellings(told) > MOST_LABELLINGS:
        return None
    certain: NDArray[np.bool_] = _possible(told).sum(axis=1) == 1
    return certain


def labellings(told: Counted) -> float:
    """Labellings of the larger half, which the search goes through; infinite where too many."""
    bits = np.log2((told.shares > 0).sum(axis=1))
    middle = len(bits) // 2
    larger = float(max(bits[:middle].sum(), bits[middle:].sum()))
    return round(2**larger) if larger < 60 else math.inf


def _possible(told: Counted) -> NDArray[np.bool_]:
    """Whether some labelling that fits has this class for this case, (N, C)."""
    options = [np.flatnonzero(row > 0) for row in told.shares]
    random = np.random.default_rng(0)
    sizes = np.broadcast_to(_drawn(random, (told.classes,)), told.shares.shape)
    weights = _weights(told, random)
    n = len(told.truth)
    ends = [0, n // 4, n // 2, n // 2 + (n - n // 2) // 2, n]
    quarters = [_Quarter.of(range(a, b), options, sizes, weights) for a, b in pairwise(ends)]
    left, right = _Half(quarters[0], quarters[1]), _Half(quarters[2], quarters[3])
    rows = np.arange(n)
    size_sum = int(np.add.reduce(sizes[rows, told.truth]))
    count_sum = np.add.reduce(weights[rows, told.truth])
    found = np.zeros(told.shares.shape, dtype=bool)
    allowed = told.shares > 0
    for code, pairs in left.groups.items():
        others = right.groups.get((size_sum - code) % (1 << 64))
        if others is not None:
            ours, theirs = left.keys(pairs), count_sum - right.keys(others)
            common = _common(ours, theirs)
            if len(common):
                left.mark(found, pairs, _among(ours, common))
                right.mark(found, others, _among(theirs, common))
                if (found == allowed).all():
                    break
    return found


def _weights(told: Counted, random: np.random.Generator) -> Keys:
    """(N, C): the sum of the weights of all numbers that a case of this class adds to.

    These are the counts, and the class sizes of each set.
    """
    weights = _drawn(random, (int(told.sets.max()) + 1, told.classes))[told.sets]
    rows = np.arange(len(told.truth))
    for answers in told.answers:
        drawn = _drawn(random, (told.classes if told.by_class else 1,))
        weights[rows, answers] += drawn[answers] if told.by_class else drawn[0]
    return weights


def _drawn(random: np.random.Generator, shape: tuple[int, ...]) -> Keys:
    return random.integers(0, 1 << 64, shape, dtype=np.uint64)


@dataclass(frozen=True)
class _Quarter:
    """All labellings of some cases, grouped by how many cases have each class.

    groups: a number for these sizes, the sum of `sizes`, to numbers and keys of labellings.
    """

    cases: range
    options: Sequence[NDArray[Any]]
    groups: dict[int, tuple[NDArray[np.intp], Keys]]

    @classmethod
    def of(
        cls, cases: range, options: Sequence[NDArray[Any]], sizes: Keys, weights: Keys
    ) -> _Quarter:
        inside = [options[i] for i in cases]
        codes = _sums([sizes[i, options[i]] for i in cases])
        keys = _sums([weights[i, options[i]] for i in cases])
        order = np.argsort(codes, kind="stable")
        first = np.flatnonzero(np.diff(codes[order], prepend=codes[order[0]] ^ np.uint64(1)))
        parts = np.split(order, first[1:])
        return cls(cases, inside, {int(codes[one[0]]): (one, keys[one]) for one in parts})

    def labels(self, numbers: NDArray[np.intp]) -> Iterator[tuple[int, NDArray[np.intp]]]:
        """Each case with the labels that the labellings of these numbers give it."""
        for case, options in zip(reversed(self.cases), reversed(self.options), strict=True):
            numbers, place = np.divmod(numbers, len(options))
            yield case, options[place]


class _Half:
    """All labellings of two quarters, made group by group; groups: class sizes to pairs."""

    def __init__(self, one: _Quarter, two: _Quarter) -> None:
        self.one, self.two = one, two
        self.groups: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for a in one.groups:
            for b in two.groups:
                self.groups[(a + b) % (1 << 64)].append((a, b))

    def keys(self, pairs: Sequence[tuple[int, int]]) -> Keys:
        """The keys of a group's labellings, those of each pair in a row."""
        parts = [np.add.outer(self.one.groups[a][1], self.two.groups[b][1]) for a, b in pairs]
        return np.concatenate([part.ravel() for part in parts])

    def mark(
        self, found: NDArray[np.bool_], pairs: Sequence[tuple[int, int]], places: NDArray[np.intp]
    ) -> None:
        """Note the labels of the labellings that stand at `places` in `keys(pairs)`."""
        start = 0
        for a, b in pairs:
            ours, theirs = self.one.groups[a][0], self.two.groups[b][0]
            end = start + len(ours) * len(theirs)
            inside = places[(places >= start) & (places < end)] - start
            first, second = np.divmod(inside, len(theirs))
            for case, labels in self.one.labels(ours[first]):
                found[case, labels] = True
            for case, labels in self.two.labels(theirs[second]):
                found[case, labels] = True
            start = end


def _sums(parts: Sequence[Keys]) -> Keys:
    """The sum of one number of each part, for all choices; the last part changes fastest."""
    sums = np.zeros(1, dtype=np.uint64)
    for part in parts:
        sums = np.add.outer(sums, part).ravel()
    return sums


def _common(one: Keys, two: Keys) -> Keys:
    """The keys that stand in both, sorted."""
    one, two = np.sort(one), np.sort(two)
    place = np.searchsorted(two, one)
    place[place == len(two)] = 0
    return np.unique(one[two[place] == one])


def _among(keys: Keys, common: Keys) -> NDArray[np.intp]:
    """Where the keys stand that are among `common`, which is sorted."""
    place = np.searchsorted(common, keys)
    place[place == len(common)] = 0
    return np.flatnonzero(common[place] == keys)
