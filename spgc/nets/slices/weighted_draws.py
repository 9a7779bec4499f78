"""Samples of an epoch drawn by weights: class-balanced sampling, and boosting by resampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from spgc.nets.slices.samples import Sample
from spgc.protocol import CLASSES

_DRAWS = 3
"""A stream of random numbers apart from those of `spgc.nets.training.schedule`."""


@dataclass(frozen=True)
class WeightedDraws:
    """By epoch as many samples as there are, each about as often as its share of the weights says.

    samples: what there is; weights: one for each, above 0; seed: of the training. A sample with
    2.3 times the mean weight is drawn 2 or 3 times in every epoch, one with 0.3 in about three of
    ten epochs (systematic sampling). A class is drawn equally often in every epoch.
    """

    samples: Sequence[Sample]
    weights: NDArray[np.float64]
    seed: int

    def __call__(self, epoch: int) -> list[Sample]:
        random = np.random.default_rng((self.seed, _DRAWS, epoch))
        drawn: list[Sample] = []
        for label, count in enumerate(self.counts):
            members = np.flatnonzero(self._labels == label)
            chosen = _systematic(members, self.weights[members], count, random)
            drawn += [self.samples[number] for number in chosen]
        return drawn

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """How many samples of each class an epoch has: shares of the weights, largest rest first.

        A class that is there has one at least.
        """
        sums = np.bincount(self._labels, self.weights, minlength=len(CLASSES))
        exact = sums / sums.sum() * len(self.samples)
        counts = np.floor(exact).astype(int)
        short = len(self.samples) - counts.sum()
        counts[np.argsort(counts - exact, kind="stable")[:short]] += 1
        return tuple(int(count) for count in np.maximum(counts, sums > 0))

    @cached_property
    def _labels(self) -> NDArray[np.int64]:
        return np.array([sample.label for sample in self.samples], np.int64)


def balanced_weights(samples: Sequence[Sample]) -> NDArray[np.float64]:
    """(N,) weights by which every class that is there weighs the same."""
    labels = np.array([sample.label for sample in samples], np.int64)
    return np.asarray(1.0 / np.bincount(labels)[labels], np.float64)


def _systematic(
    members: NDArray[np.int64],
    weights: NDArray[np.float64],
    count: int,
    random: np.random.Generator,
) -> NDArray[np.int64]:
    """`count` of `members`, evenly over their weights laid end to end in random order."""
    if not count:
        return members[:0]
    order = random.permutation(len(members))
    edges = np.cumsum(weights[order])
    points = (np.arange(count) + random.random()) * (edges[-1] / count)
    found = np.searchsorted(edges, points, side="right")
    return np.asarray(members[order[np.minimum(found, len(members) - 1)]], np.int64)
