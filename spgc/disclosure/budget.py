"""The disclosure budget: how many labels submissions reveal under each kind of feedback.

Simulated attackers who look at no case. They know the number of cases of each class and set, which
organisers publish or a file of one class tells. What they reach is the least that is given away:
cleverer ones need fewer submissions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from spgc.disclosure.feedback import Feedback
from spgc.disclosure.hidden_sets import HiddenLabels
from spgc.disclosure.ladder import Ladder
from spgc.disclosure.leaks import Leak
from spgc.disclosure.simulation import MOST_SETS, Simulation
from spgc.errors import UsageError

SUBMISSIONS = (1, 5, 10, 20, 50, 100, 200)

SEED = 0

RUNS = 10
"""Simulations of each attack with random files; fewer where they would take long."""

MOST_ANSWERS = 20_000_000
"""Cases times submissions of one simulation: a few seconds."""

WORK = 20_000_000
"""Cases times submissions of all simulations of an attack."""

MOST_NUMBERS = 20
"""Different numbers of submissions."""

HARMLESS = 0.2
"""Share of the labels beyond chance that may be given away by the submissions that are allowed."""


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
    work: int = WORK,
) -> Budget:
    """Simulate the attackers. The same arguments give the same numbers.

    work: cases times submissions of all simulations of an attack, beyond which they are fewer.
    Certain labels are searched for exactly on the files of the first simulation, where a set is
    small enough. Raises UsageError where it would be too much to simulate.
    """
    numbers = sorted(set(submissions))
    _check_work(hidden, numbers)
    answers = hidden.cases * numbers[-1]
    runs = max(1, min(RUNS, work // answers, MOST_SETS // len(hidden.sets)))
    simulation = Simulation(hidden, numbers, Ladder(standard_errors), seed, runs)
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
