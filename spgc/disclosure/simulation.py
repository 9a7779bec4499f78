"""All attacks on the same random files, for one kind of feedback after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.disclosure.certainty import MOST_LABELLINGS, certain_labels, labellings
from spgc.disclosure.climbing import climb
from spgc.disclosure.feedback import Counted, Feedback, counted
from spgc.disclosure.hidden_sets import HiddenLabels
from spgc.disclosure.ladder import Ladder
from spgc.disclosure.leaks import CorrectRange, Leak
from spgc.disclosure.one_by_one import one_by_one
from spgc.disclosure.relaxation import solve
from spgc.disclosure.weighted_vote import vote, vote_through_ladder

MOST_SETS = 30
"""Sets times simulations; with more sets than this nothing is solved or searched."""

MOST_SEARCHED = 8 * MOST_LABELLINGS
"""Labellings of all searches for one kind of feedback, after which they end."""


class Simulation:
    """All attacks on the same random files."""

    def __init__(
        self, hidden: HiddenLabels, numbers: list[int], ladder: Ladder, seed: int, runs: int
    ) -> None:
        self.hidden, self.numbers, self.ladder, self.seed = hidden, numbers, ladder, seed
        shape = (numbers[-1], hidden.cases)
        self.files = [self._random(i, 0).integers(0, hidden.classes, shape) for i in range(runs)]
        self.exact: list[Feedback] = []

    def _random(self, run: int, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, run, purpose])

    def leaks(self, feedback: Feedback) -> list[Leak]:
        """One for each number of submissions."""
        attacks: dict[str, list[CorrectRange]] = {}
        certain = [self.hidden.known] * len(self.numbers)
        if feedback is Feedback.LADDER:
            attacks, certain = self._through_ladder()
        elif feedback.counted:
            attacks, certain = self._by_counts(feedback)
        chance, cases = self.hidden.chance, self.hidden.cases
        made: list[Leak] = []
        for i, number in enumerate(self.numbers):
            here = {name: values[i] for name, values in attacks.items()}
            here["certain"] = _sure(certain[i] + (cases - certain[i]) * chance / cases)
            best = max(one.mean for one in here.values())
            gained = (best - chance) / (cases - chance) if cases > chance else 0.0
            made.append(Leak(feedback, number, certain[i], here, max(0.0, gained)))
        return made

    def _through_ladder(self) -> tuple[dict[str, list[CorrectRange]], list[int]]:
        climbs = [
            climb(self.hidden, self.numbers, self.ladder, self._random(i, 1))
            for i in range(len(self.files))
        ]
        votes = []
        for files in self.files:
            (told,) = counted(self.hidden, Feedback.HITS, files)
            made = vote_through_ladder(told, self.numbers, self.ladder)
            votes.append([_correct(told, labels) for labels in made])
        correct = [[correct for correct, _ in one] for one in climbs]
        certain = [max(self.hidden.known, known) for _, known in climbs[0]]
        return {"vote": _spreads(votes), "climb": _spreads(correct)}, certain

    def _by_counts(self, feedback: Feedback) -> tuple[dict[str, list[CorrectRange]], list[int]]:
        parts = [counted(self.hidden, feedback, files) for files in self.files]
        attacks = {"vote": _spreads([_summed(map(self._votes, one)) for one in parts])}
        few = len(self.hidden.sets) <= MOST_SETS
        solved = [[self._solved(part) if few else None for part in one] for one in parts]
        if all(part is not None for one in solved for part in one):
            attacks["solver"] = _spreads([_summed(p for p in one if p) for one in solved])
        return attacks, self._certain(feedback, parts[0])

    def _votes(self, told: Counted) -> list[int]:
        return [_correct(told, labels) for labels in vote(told, self.numbers)]

    def _solved(self, told: Counted) -> list[int] | None:
        """Correct labels of the solver; with all of them correct, more files change nothing."""
        made: list[int] = []
        for number in self.numbers:
            if not made or made[-1] < len(told.truth):
                labels = solve(told.first(number))
                if labels is None:
                    return None
                made.append(_correct(told, labels))
            else:
                made.append(made[-1])
        return made

    def _certain(self, feedback: Feedback, parts: Sequence[Counted]) -> list[int]:
        """Certain labels after each number of submissions, by whichever way tells more."""
        counting = [one_by_one(self.hidden, feedback, number) for number in self.numbers]
        known: dict[bytes, list[int]] = {}
        total = [0] * len(self.numbers)
        left = MOST_SEARCHED if len(self.hidden.sets) <= MOST_SETS else 0.0
        for place, told in enumerate(parts):
            kind = np.bincount(told.truth, minlength=told.classes).tobytes()
            if kind not in known:  # sets with the same class sizes are alike
                made = [one[place] for one in counting]
                left -= self._search(feedback, told, made, left)
                known[kind] = made
            total = [a + b for a, b in zip(total, known[kind], strict=True)]
        return total

    def _search(self, feedback: Feedback, told: Counted, made: list[int], most: float) -> float:
        """Raise the numbers in `made` to the exact ones; returns the labellings gone through.

        What is certain stays so with more submissions: with all certain there is no more to search.
        """
        gone = 0.0
        for i, number in enumerate(self.numbers):
            made[i] = max(made[: i + 1])
            work = labellings(told)
            if made[i] < len(told.truth) and gone + work <= most:
                found = certain_labels(told.first(number))
                if found is not None:
                    gone += work
                    made[i] = max(made[i], int(found.sum()))
                    self.exact += [] if feedback in self.exact else [feedback]
        return gone


def _correct(told: Counted, labels: NDArray[np.intp]) -> int:
    return int((labels == told.truth).sum())


def _summed(parts: Any) -> list[int]:
    """Correct labels of all parts, for each number of submissions."""
    return [sum(values) for values in zip(*parts, strict=True)]


def _spreads(runs: Sequence[Sequence[float]]) -> list[CorrectRange]:
    return [CorrectRange.of(values) for values in zip(*runs, strict=True)]


def _sure(value: float) -> CorrectRange:
    return CorrectRange(value, value, value)
