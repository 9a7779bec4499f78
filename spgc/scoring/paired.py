"""Paired comparison of two submissions on the same patients: flips, and their significance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from spgc.data.manifests import Case, Manifest
from spgc.errors import SubmissionError
from spgc.scoring.intervals import Interval
from spgc.scoring.mcnemar import ALPHA, difference_interval, exact_p, patients_needed
from spgc.scoring.scored_cases import refuse_unlabelled
from spgc.submissions.submission import Submission


@dataclass(frozen=True)
class Flip:
    """A patient whom the two submissions call differently."""

    case: str
    split: str
    truth: str
    a: str
    b: str

    @property
    def kind(self) -> str:
        """`only a`, `only b` for who is right, or `both wrong`."""
        if self.truth == self.a:
            return "only a"
        return "only b" if self.truth == self.b else "both wrong"

    def as_dict(self) -> dict[str, str]:
        facts = {"case": self.case, "set": self.split, "truth": self.truth}
        return {**facts, "a": self.a, "b": self.b, "kind": self.kind}


@dataclass(frozen=True)
class Paired:
    """The comparison on one split or on the ranked pool.

    difference: accuracy of b less that of a, with Tango's interval; needed: patients in all with
    which the test would settle it, None where it never would.
    """

    name: str
    patients: int
    right_a: int
    right_b: int
    only_a: int
    only_b: int
    both_wrong_apart: int
    p: float
    difference: float
    interval: Interval
    needed: int | None
    synthetic: bool

    @property
    def settled(self) -> bool:
        return self.p < ALPHA

    def as_dict(self) -> dict[str, Any]:
        facts = {name: value for name, value in asdict(self).items() if name != "name"}
        marks = {"interval": list(self.interval), "settled": self.settled}
        return {"set": self.name, **facts, **marks}


@dataclass(frozen=True)
class Comparison:
    """All that two submissions differ in, on the splits that both answer.

    marks: what the records beside their files say against answers, `system: sentence`.
    """

    groups: tuple[Paired, ...]
    flips: tuple[Flip, ...]
    marks: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": "spgc-compare/2",
            "groups": [group.as_dict() for group in self.groups],
            "flips": [flip.as_dict() for flip in self.flips],
            "marks": list(self.marks),
        }


def compare(a: Submission, b: Submission, manifest: Manifest) -> Comparison:
    """Compare two submissions on every split that both answer, and on the ranked pool.

    Raises SubmissionError when they share no split, DataError when a case of one that they share
    has no known label.
    """
    shared = {
        name: cases
        for name in manifest.splits()
        if (cases := _shared(manifest.split(name), a, b)) is not None
    }
    if not shared:
        raise SubmissionError(
            "the two submissions share no split",
            found="different cases",
            expected="predictions for the same labelled cases",
            do="give two files of one split",
        )
    groups = [_paired(name, cases, a, b) for name, cases in shared.items()]
    overall = manifest.challenge.overall
    if overall is not None and all(name in shared for name in overall.sets):
        pool = [case for name in overall.sets for case in shared[name]]
        groups.append(_paired(overall.name, pool, a, b))
    flips = [flip for cases in shared.values() for flip in _flips(cases, a, b)]
    return Comparison(tuple(groups), tuple(flips))


def _shared(cases: Sequence[Case], a: Submission, b: Submission) -> list[Case] | None:
    if not all(c.case_id in a.predictions and c.case_id in b.predictions for c in cases):
        return None
    refuse_unlabelled(cases[0].split, cases)
    return list(cases)


def _flips(cases: Sequence[Case], a: Submission, b: Submission) -> list[Flip]:
    return [
        Flip(c.case_id, c.split, c.label or "", a.predictions[c.case_id], b.predictions[c.case_id])
        for c in cases
        if a.predictions[c.case_id] != b.predictions[c.case_id]
    ]


def _paired(name: str, cases: Sequence[Case], a: Submission, b: Submission) -> Paired:
    kinds = [flip.kind for flip in _flips(cases, a, b)]
    only_a, only_b = kinds.count("only a"), kinds.count("only b")
    total = len(cases)
    low, high = difference_interval(only_b, only_a, total)
    return Paired(
        name=name,
        patients=total,
        right_a=_right(cases, a.predictions),
        right_b=_right(cases, b.predictions),
        only_a=only_a,
        only_b=only_b,
        both_wrong_apart=kinds.count("both wrong"),
        p=exact_p(only_a, only_b),
        difference=(only_b - only_a) / total,
        interval=(low, high),
        needed=patients_needed(only_a, only_b, total),
        synthetic=any(case.synthetic for case in cases),
    )


def _right(cases: Sequence[Case], predictions: Mapping[str, str]) -> int:
    return sum(predictions[case.case_id] == case.label for case in cases)
