"""What submissions give away: labels that attackers have, and those known for certain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from spgc.disclosure.feedback import Feedback


@dataclass(frozen=True)
class CorrectRange:
    """Correct labels of an attack: mean, least and most of the simulations."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> CorrectRange:
        return cls(sum(values) / len(values), min(values), max(values))


@dataclass(frozen=True)
class Leak:
    """What so many submissions give away under one kind of feedback.

    certain: labels that follow for certain; attacks: correct labels, by the attack's name (`vote`,
    `solver`, `climb`; `certain` has those that are certain, and guesses the others at the share of
    chance); gained: share of the labels beyond chance that the best of them has, 0 to 1.
    """

    feedback: Feedback
    submissions: int
    certain: int
    attacks: Mapping[str, CorrectRange]
    gained: float

    @property
    def correct(self) -> CorrectRange:
        """Of the best attack."""
        return max(self.attacks.values(), key=lambda one: one.mean)

    def as_dict(self) -> dict[str, Any]:
        return {
            "feedback": self.feedback.value,
            "submissions": self.submissions,
            "certain": self.certain,
            "correct": asdict(self.correct),
            "gained": self.gained,
            "attacks": {name: asdict(one) for name, one in self.attacks.items()},
        }
