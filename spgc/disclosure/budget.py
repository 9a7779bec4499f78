"""The disclosure budget: how many labels submissions reveal under each kind of feedback.

Simulated attackers who look at no case. They know the number of cases of each class and set, which
organisers publish or a file of one class tells. What they reach is the least that is given away:
cleverer ones need fewer submissions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.disclosure.certainty import MOST_LABELLINGS, certain_labels, labellings
from spgc.disclosure.climbing import climb
from spgc.disclosure.feedback import Counted, Feedback, counted
from spgc.disclosure.hidden_sets import HiddenLabels
from spgc.disclosure.ladder import Ladder
from spgc.disclosure.one_by_one import one_by_one
from spgc.disclosure.relaxation import solve
from spgc.disclosure.weighted_vote import vote, vote_through_ladder
from spgc.errors import UsageError

SUBMISSIONS = (1, 5, 10, 20, 50, 100, 200)

SEED = 0

RUNS = 10
"""Simulations of each attack with random files; fewer where they would take long."""

MOST_ANSWERS = 20_000_000
"""Cases times submissions of one simulation: a few seconds."""

WORK = 20_000_000
"""Cases times submissions of all simulations of an attack."""

MOST_SETS = 30
"""Sets times simulations; with more sets than this nothing is solved or searched."""

MOST_SEARCHED = 8 * MOST_LABELLINGS
"""Labellings of all searches for one kind of feedback, after which they end."""

MOST_NUMBERS = 20
"""Different numbers of submissions."""

HARMLESS = 0.2
"""Share of the labels beyond chance that may be given away by the submissions that are allowed."""


@dataclass(frozen=True)
class Spread:
    """Labels that an attack has right: mean, least and most of the simulations."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(sum(values) / len(values), min(values), max(values))


@dataclass(frozen=True)
class Leak:
    """What so many submissions give away under one kind of feedback.

    certain: labels that follow for certain; attacks: labels right, by the attack's name (`vote`,
    `solver`, `climb`; `certain` has those that are certain, and guesses the others at the share of
    chance); gained: share of the labels beyond chance that the best of them has, 0 to 1.
    """

    feedback: Feedback
    submissions: int
    certain: int
    attacks: Mapping[str, Spread]
    gained: float

    @property
    def right(self) -> Spread:
        """Of the best attack."""
        return max(self.attacks.values(), key=lambda one: one.mean)

    def as_dict(self) -> dict[str, Any]:
        return {
            "feedback": self.feedback.value,
            "submissions": self.submissions,
            "certain": self.certain,
            "right": asdict(self.right),
            "gained": self.gained,
            "attacks": {name: asdict(one) for name, one in self.attacks.items()},
        }


@dataclass(frozen=True)
class Budget:
    """All leaks, by feedback and rising submissions; exact: kinds searched for certain labels."""

    hidden: HiddenLabels
    leaks: tuple[Leak, ...]
    seed: int
    runs: int
    standard_errors: int
    exact: tuple[Feedback, ...]

    @property
    def feedbacks(self) -> list[Feedback]:
        return list(dict.fromkeys(one.feedback for one in self.leaks))

    @property
    def submissions(self) -> list[int]:
        return list(dict.fromkeys(one.submissions for one in self.leaks))

    def of(self, feedback: Feedback) -> list[Leak]:
        return [one for one in self.leaks if one.feedback is feedback]

    @cached_property
    def allowed(self) -> Mapping[Feedback, int]:
        """The most of the asked submissions that are harmless, for each feedback; 0 for none."""
        made = {}
        for feedback in self.feedbacks:
            harmless = 0
            for one in self.of(feedback):
                if one.gained > HARMLESS or one.certain > HARMLESS * self.hidden.cases:
                    break
                harmless = one.submissions
            made[feedback] = harmless
        return made

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": "spgc-budget/1",
            "sets": [
                {"set": one.name, "cases_per_class": list(one.sizes)} for one in self.hidden.sets
            ],
            "cases": self.hidden.cases,
            "chance": self.hidden.chance,
            "seed": self.seed,
            "simulations": self.runs,
            "standard_errors": self.standard_errors,
            "exact": [one.value for one in self.exact],
            "leaks": [one.as_dict() for one in self.leaks],
            "harmless_share": HARMLESS,
            "harmless_submissions": {one.value: n for one, n in self.allowed.items()},
        }


def budget(
    hidden: HiddenLabels,
    submissions: Sequence[int] = SUBMISSIONS,
    feedbacks: Sequence[Feedback] = tuple(Feedback),
    *,
    seed: int = SEED,
    standard_errors: int = 1,
) -> Budget:
    """Simulate the attackers. The same arguments give the same numbers.

    Certain labels are searched for exactly on the files of the first simulation, where a set is
    small enough. Raises UsageError where it would be too much to simulate.
    """
    numbers = sorted(set(submissions))
    _check_work(hidden, numbers)
    answers = hidden.cases * numbers[-1]
    runs = max(1, min(RUNS, WORK // answers, MOST_SETS // len(hidden.sets)))
    simulation = _Simulation(hidden, numbers, Ladder(standard_errors), seed, runs)
    parts = [simulation.leaks(feedback) for feedback in dict.fromkeys(feedbacks)]
    return Budget(
        hidden,
        tuple(leak for leaks in parts for leak in leaks),
        seed,
        runs,
        standard_errors,
        tuple(simulation.exact),
    )


def _check_work(hidden: HiddenLabels, numbers: Sequence[int]) -> None:
    if not 1 <= len(numbers) <= MOST_NUMBERS or numbers[0] < 1:
        raise UsageError(
            "numbers of submissions are not what they should be",
            found=list(numbers),
            expected=f"whole numbers from 1, {MOST_NUMBERS} of them at most",
        )
    if hidden.cases * numbers[-1] > MOST_ANSWERS:
        raise UsageError(
            "too much to simulate",
            found=f"{hidden.cases:,} cases times {numbers[-1]:,} submissions",
            expected=f"{MOST_ANSWERS:,} answers at most",
            do=f"ask for at most {MOST_ANSWERS // hidden.cases:,} submissions, or for one set",
        )


class _Simulation:
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
        attacks: dict[str, list[Spread]] = {}
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

    def _through_ladder(self) -> tuple[dict[str, list[Spread]], list[int]]:
        climbs = [
            climb(self.hidden, self.numbers, self.ladder, self._random(i, 1))
            for i in range(len(self.files))
        ]
        votes = []
        for files in self.files:
            (told,) = counted(self.hidden, Feedback.HITS, files)
            made = vote_through_ladder(told, self.numbers, self.ladder)
            votes.append([_right(told, labels) for labels in made])
        right = [[right for right, _ in one] for one in climbs]
        certain = [max(self.hidden.known, known) for _, known in climbs[0]]
        return {"vote": _spreads(votes), "climb": _spreads(right)}, certain

    def _by_counts(self, feedback: Feedback) -> tuple[dict[str, list[Spread]], list[int]]:
        parts = [counted(self.hidden, feedback, files) for files in self.files]
        attacks = {"vote": _spreads([_summed(map(self._votes, one)) for one in parts])}
        few = len(self.hidden.sets) <= MOST_SETS
        solved = [[self._solved(part) if few else None for part in one] for one in parts]
        if all(part is not None for one in solved for part in one):
            attacks["solver"] = _spreads([_summed(p for p in one if p) for one in solved])
        return attacks, self._certain(feedback, parts[0])

    def _votes(self, told: Counted) -> list[int]:
        return [_right(told, labels) for labels in vote(told, self.numbers)]

    def _solved(self, told: Counted) -> list[int] | None:
        """Right labels of the solver; with all of them right, more files change nothing."""
        made: list[int] = []
        for number in self.numbers:
            if not made or made[-1] < len(told.truth):
                labels = solve(told.first(number))
                if labels is None:
                    return None
                made.append(_right(told, labels))
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


def _right(told: Counted, labels: NDArray[np.intp]) -> int:
    return int((labels == told.truth).sum())


def _summed(parts: Any) -> list[int]:
    """Right labels of all parts, for each number of submissions."""
    return [sum(values) for values in zip(*parts, strict=True)]


def _spreads(runs: Sequence[Sequence[float]]) -> list[Spread]:
    return [Spread.of(values) for values in zip(*runs, strict=True)]


def _sure(value: float) -> Spread:
    return Spread(value, value, value)
