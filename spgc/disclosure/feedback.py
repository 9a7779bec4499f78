"""What is shown back to whoever submits, and what is counted for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from spgc.disclosure.hidden_sets import HiddenLabels


class Feedback(StrEnum):
    """What a submission is answered with, from nothing to counts by class."""

    NONE = "none"
    LADDER = "ladder"
    HITS = "hits"
    SETS = "sets"
    CLASSES = "classes"

    @property
    def said(self) -> str:
        return _SAID[self]

    @property
    def counted(self) -> bool:
        """Whether each submission is answered with counts of correct predictions."""
        return self in (Feedback.HITS, Feedback.SETS, Feedback.CLASSES)


_SAID = {
    Feedback.NONE: "a receipt, no score",
    Feedback.LADDER: "correct predictions of all, when clearly better than the best before",
    Feedback.HITS: "correct predictions of all",
    Feedback.SETS: "correct predictions per set",
    Feedback.CLASSES: "correct predictions per class and set",
}


@dataclass(frozen=True)
class Counted:
    """Submissions and what was counted back of them, on cases that are counted together.

    answers: (K, N) classes from 0; truth: (N,); shares: (N, C), how likely each class was before;
    sets: (N,) number of the set of each case; by_class: whether counts are told for each class.
    """

    answers: NDArray[np.intp]
    truth: NDArray[np.intp]
    shares: NDArray[np.float64]
    sets: NDArray[np.intp]
    by_class: bool

    @property
    def classes(self) -> int:
        return int(self.shares.shape[1])

    def first(self, submissions: int) -> Counted:
        """The same after fewer submissions."""
        few = self.answers[:submissions]
        return Counted(few, self.truth, self.shares, self.sets, self.by_class)

    def counts(self) -> NDArray[np.intp]:
        """Correct predictions told, (K, 1), or (K, C) by class."""
        right = self.answers == self.truth
        told: NDArray[np.intp] = right.sum(axis=1, keepdims=True)
        if self.by_class:
            each = [(right & (self.truth == c)).sum(axis=1) for c in range(self.classes)]
            told = np.stack(each, axis=1)
        return told

    def expected(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and variance of the counts before anything was told, each like `counts()`."""
        rows = np.arange(len(self.truth))
        chances = self.shares[rows, self.answers]
        spread = chances * (1 - chances)
        if not self.by_class:
            return chances.sum(axis=1, keepdims=True), spread.sum(axis=1, keepdims=True)
        asked = [self.answers == c for c in range(self.classes)]
        mean = [(chances * one).sum(axis=1) for one in asked]
        return np.stack(mean, axis=1), np.stack([(spread * o).sum(axis=1) for o in asked], axis=1)


def counted(hidden: HiddenLabels, feedback: Feedback, answers: NDArray[np.intp]) -> list[Counted]:
    """What a kind of feedback that counts tells of `answers`, (K, N): one part for `hits`,
    else one for each set."""
    together = feedback is Feedback.HITS
    places = [slice(0, hidden.cases)] if together else hidden.places
    sets = np.repeat(np.arange(len(hidden.sets)), [one.cases for one in hidden.sets])
    return [
        Counted(
            answers[:, place],
            hidden.truth[place],
            hidden.shares[place],
            sets[place],
            feedback is Feedback.CLASSES,
        )
        for place in places
    ]
