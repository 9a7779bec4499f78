"""Each case with its truth and its answer, the wrong ones first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from spgc.data.manifests import Case
from spgc.errors import DataError
from spgc.submissions.submission import Probabilities, Submission


@dataclass(frozen=True, slots=True)
class ScoredCase:
    """One case; `probabilities` in the order of `classes`, None where none came along."""

    case: str
    split: str
    truth: str
    answer: str
    probabilities: Probabilities | None
    classes: tuple[str, ...] = field(repr=False)

    @property
    def right(self) -> bool:
        return self.answer == self.truth

    def as_dict(self) -> dict[str, Any]:
        shares = self.probabilities
        return {
            "case": self.case,
            "set": self.split,
            "truth": self.truth,
            "answer": self.answer,
            "right": self.right,
            "probabilities": dict(zip(self.classes, shares, strict=True)) if shares else None,
        }


def scored_cases(
    cases: Iterable[Case], submission: Submission, classes: tuple[str, ...]
) -> tuple[ScoredCase, ...]:
    """The labelled `cases` that are answered: wrong answers first, each part in the given order."""
    shares = submission.probabilities or {}
    scored = [
        ScoredCase(
            case.case_id,
            case.split,
            case.label,
            submission.predictions[case.case_id],
            shares.get(case.case_id),
            classes,
        )
        for case in cases
        if case.label is not None
    ]
    return tuple(sorted(scored, key=lambda one: one.right))


def refuse_unlabelled(name: str, cases: Iterable[Case]) -> None:
    """Raise DataError where cases of the set called `name` have no label to be right by."""
    unlabelled = [case.case_id for case in cases if case.label is None]
    if unlabelled:
        raise DataError(
            f"{len(unlabelled)} cases of {name} have no known label, the first is {unlabelled[0]}",
            expected="a label for every case",
            do="fill the label column of the manifest",
        )
