"""The disclosure budget of a challenge, with the limits and the feedback that its organisers set.

For `spgc challenge check`, kits and servers alike: `check_limits(truth).lines` are its words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from spgc.challenge.definition import Challenge
from spgc.data.manifests import Manifest
from spgc.disclosure.advice import simulations
from spgc.disclosure.budget import HARMLESS, SEED, SUBMISSIONS, Budget, budget
from spgc.disclosure.feedback import Feedback
from spgc.disclosure.hidden_sets import MOST_CASES, HiddenLabels
from spgc.disclosure.labelled_sets import hidden_labels, labelled_cases
from spgc.disclosure.leaks import Leak

QUICK_WORK = 2_000_000
"""Cases times submissions of all simulations of an attack: some seconds for a whole check."""

MOST_LOOKED_AT = 1_000
"""Submissions beyond which a limit is not simulated."""


@dataclass(frozen=True)
class LimitCheck:
    """What the submissions that a challenge allows give away of its public labels.

    sets: those of which scores are shown while it runs; submissions: what its limits allow a team
    in all, None for any number; budget: under the challenge's feedback and the ladder, None where
    no score is shown or the cases are too many to simulate.
    """

    challenge: Challenge
    sets: tuple[str, ...]
    submissions: int | None
    budget: Budget | None

    @property
    def feedback(self) -> Feedback:
        return Feedback(self.challenge.feedback)

    @property
    def harmless(self) -> int | None:
        """The most simulated submissions that give away little; None without a budget."""
        return None if self.budget is None else self.budget.allowed[self.feedback]

    @property
    def good(self) -> bool:
        """Whether all submissions that are allowed together give away little."""
        if self.budget is None:
            return not self._shown or self.submissions is not None
        return self.submissions is not None and self.submissions <= (self.harmless or 0)

    @property
    def _shown(self) -> bool:
        return bool(self.sets) and self.feedback is not Feedback.NONE

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """What is shown and allowed, and what so many submissions give away."""
        return tuple(self._facts())

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """Why the limits allow too much, and what to set instead; empty where `good`."""
        return () if self.good else (f"{self._fault()}: {self._remedy()}",)

    @property
    def lines(self) -> tuple[str, ...]:
        """All words: the facts, then the warnings."""
        return self.facts + self.warnings

    def as_dict(self) -> dict[str, Any]:
        made = self.budget
        return {
            "schema": "spgc-limit-check/1",
            "feedback": self.feedback.value,
            "sets": list(self.sets),
            "submissions": self.submissions,
            "per_day": self.challenge.limits.per_day,
            "harmless_submissions": self.harmless,
            "good": self.good,
            "facts": list(self.facts),
            "warnings": list(self.warnings),
            "budget": None if made is None else made.as_dict(),
        }

    def _facts(self) -> Iterator[str]:
        yield f"limits: {_limits(self.challenge)}; {self._feedback_words()}"
        if self.budget is None:
            return
        hidden, runs = self.budget.hidden, self.budget.runs
        known = ", ".join(map(_after, self.budget.of(self.feedback)))
        yield (
            f"disclosure: of {hidden.cases:,} labels, {hidden.chance:,} of them by the majority "
            f"class, an attacker who looks at no case has {known} (mean of {simulations(runs)}, "
            f"seed {self.budget.seed})"
        )

    def _feedback_words(self) -> str:
        if not self._shown:
            why = "feedback none" if self.sets else "no ranked set is public"
            return f"no score is shown before the end ({why}), so submissions give nothing away"
        where = " and ".join(self.sets)
        return f"feedback {self.feedback.value} on {where}: {self.feedback.said}"

    def _fault(self) -> str:
        if self.submissions is None:
            return "no limit on the submissions of a team, and scores that are shown tell labels"
        made = self.budget
        if made is None:  # pragma: no cover - `good` then
            return ""
        leaks = made.of(self.feedback)
        most = leaks[-1].submissions
        allowed = _number(self.submissions)
        if self.submissions > most and made.allowed[self.feedback] == most:
            return f"{allowed} are more than the {most:,} that were simulated"
        last = [one for one in leaks if one.submissions <= self.submissions][-1]
        known = f"{last.correct.mean:.0f} of {made.hidden.cases:,} labels"
        return f"{allowed} of a team tell {known} to an attacker who looks at no case"

    def _remedy(self) -> str:
        made = self.budget
        if made is None:
            return "set submissions under [limits]"
        most = made.allowed[self.feedback]
        ladder = made.allowed[Feedback.LADDER]
        share = f"{100 * HARMLESS:.0f} % of the labels beyond chance"
        parts = [f"allow at most {most:,}, for no more than {share}"] if most else []
        if ladder > most:
            parts.append(f'with shown = "ladder" at most {ladder:,}')
        if all(self.challenge.sets[name].public for name in self.challenge.ranked):
            parts.append("rank on a set that is not public as well")
        return "; ".join([*parts, 'or show nothing before the end (shown = "none")'])


def check_limits(truth: Manifest, *, seed: int = SEED) -> LimitCheck:
    """What the limits and the feedback of a challenge give away of its labels.

    truth: the challenge's cases with their classes. Simulates for some seconds at most; the same
    truth gives the same words. Raises DataError for a case of a public set without a class.
    """
    challenge = truth.challenge
    sets = tuple(name for name in challenge.ranked if challenge.sets[name].public)
    made = LimitCheck(challenge, sets, allowed_submissions(challenge), None)
    cases = {name: inside for one in sets for name, inside in labelled_cases(truth, one).items()}
    few = 0 < sum(map(len, cases.values())) <= MOST_CASES
    if made.feedback is Feedback.NONE or not few:
        return made
    hidden = hidden_labels(cases, challenge.names)
    kinds = tuple(dict.fromkeys((made.feedback, Feedback.LADDER)))
    numbers = _numbers(hidden, made.submissions)
    return replace(made, budget=budget(hidden, numbers, kinds, seed=seed, work=QUICK_WORK))


def allowed_submissions(challenge: Challenge) -> int | None:
    """How many submissions a team may make in all, by its limits and dates; None for any number."""
    limits = challenge.limits
    most = [] if limits.submissions is None else [limits.submissions]
    if limits.per_day is not None and challenge.opens and challenge.closes:
        most.append(limits.per_day * ((challenge.closes - challenge.opens).days + 1))
    return min(most, default=None)


def _numbers(hidden: HiddenLabels, limit: int | None) -> Sequence[int]:
    """Numbers of submissions to simulate: some round ones and, where it can be, the limit."""
    most = max(1, min(MOST_LOOKED_AT, QUICK_WORK // hidden.cases))
    asked = {*SUBMISSIONS, *([] if limit is None else [min(limit, most)])}
    return sorted(number for number in asked if number <= most)


def _limits(challenge: Challenge) -> str:
    limits = challenge.limits
    parts = []
    if limits.submissions is not None:
        parts.append(f"{_number(limits.submissions)} of a team")
    if limits.per_day is not None:
        parts.append(f"{limits.per_day:,} on one day")
    return ", ".join(parts) or "none"


def _after(leak: Leak) -> str:
    certain = f" ({leak.certain:,} for certain)" if leak.certain else ""
    return f"{leak.correct.mean:.0f}{certain} after {leak.submissions:,}"


def _number(submissions: int) -> str:
    return "1 submission" if submissions == 1 else f"{submissions:,} submissions"
