"""Is it still as good? Judged per patient: exact paired test, minimum per class, lost patients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spgc.data.manifests import Manifest
from spgc.gate.baseline import Baseline
from spgc.scoring.counts import Confusion, Rate, confusion
from spgc.scoring.mcnemar import exact_p
from spgc.scoring.paired import Comparison, compare
from spgc.submissions.submission import Submission


@dataclass(frozen=True)
class ClassChange:
    """Right answers of one class, before and now; `floor` is None where none is set."""

    name: str
    before: Rate
    now: Rate
    floor: float | None

    @property
    def below(self) -> bool:
        return self.floor is not None and self.now.hits < self.floor


@dataclass(frozen=True)
class Verdict:
    """What the gate found; it lets pass when `reasons` is empty.

    comparison: baseline as a, now as b; None when the answers can't be compared at all.
    """

    baseline: Baseline
    comparison: Comparison | None
    classes: tuple[ClassChange, ...]
    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.reasons

    @property
    def changed(self) -> bool:
        return bool(self.comparison and self.comparison.flips)

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": "spgc-regress/2",
            "baseline": self.baseline.name,
            "synthetic": self.baseline.synthetic,
            "passed": self.passed,
            "reasons": list(self.reasons),
            "classes": [
                {
                    "class": change.name,
                    "before": change.before.as_dict(),
                    "now": change.now.as_dict(),
                    "floor": change.floor,
                }
                for change in self.classes
            ],
            "comparison": self.comparison.as_dict() if self.comparison else None,
            "thresholds": self.baseline.thresholds.as_dict(),
        }


def judge(
    baseline: Baseline,
    answers: Mapping[str, str],
    truth: Manifest | None = None,
    broken: tuple[str, ...] = (),
) -> Verdict:
    """Compare `answers` (class by case ID) with the baseline's.

    truth: labels as the code or data have them now; a label that changed since breaks the gate,
    since scores on other labels can't be compared. broken: what checks of single stages found.
    """
    holes = _holes(baseline, answers)
    if holes:
        return Verdict(baseline, None, (), (*broken, *_relabelled(baseline, truth), *holes))
    now = {case: answers[case] for case in baseline.answers}
    result = compare(baseline.submission, Submission(now), baseline.manifest)
    classes = tuple(_classes(baseline, now))
    reasons = (
        *broken,
        *_relabelled(baseline, truth),
        *_losses(baseline, result),
        *_floors(baseline, classes),
    )
    return Verdict(baseline, result, classes, reasons)


def _holes(baseline: Baseline, answers: Mapping[str, str]) -> tuple[str, ...]:
    missing = [case for case in baseline.answers if case not in answers]
    if not missing:
        return ()
    return (
        f"{len(missing)} of the baseline's {len(baseline.answers)} patients are missing, the "
        f"first is {missing[0]}",
    )


def _relabelled(baseline: Baseline, truth: Manifest | None) -> Iterator[str]:
    for case in baseline.cases if truth is not None else ():
        assert truth is not None  # noqa: S101 - for the type checker
        now = truth[case.case_id].label if case.case_id in truth else None
        if now != case.label:
            yield f"the true class of {case.case_id} was {case.label} in the baseline, now {now}"


def _losses(baseline: Baseline, result: Comparison) -> Iterator[str]:
    lost = sum(flip.kind == "only a" for flip in result.flips)
    won = sum(flip.kind == "only b" for flip in result.flips)
    limits = baseline.thresholds
    change = f"{lost} patients lost, {won} won" if lost != 1 else f"1 patient lost, {won} won"
    if lost - won > limits.lost.value:
        yield (
            f"{change}: {lost - won} fewer correct, allowed: {limits.lost.value:g} "
            f"({limits.lost.reason})"
        )
    p = exact_p(lost, won)
    if lost > won and p < limits.p.value:
        yield f"{change}: exact paired p = {p:.3g}, below {limits.p.value:g} ({limits.p.reason})"


def _classes(baseline: Baseline, now: Mapping[str, str]) -> Iterator[ClassChange]:
    truth = {case.case_id: case.label or "" for case in baseline.cases}
    names = baseline.challenge.names
    before, after = (confusion(truth, part, names) for part in (baseline.answers, now))
    for i, name in enumerate(names):
        if before.sensitivity(i).total:
            floor = baseline.thresholds.floors.get(name)
            yield ClassChange(
                name, before.sensitivity(i), after.sensitivity(i), floor.value if floor else None
            )


def _floors(baseline: Baseline, classes: tuple[ClassChange, ...]) -> Iterator[str]:
    for change in classes:
        if change.below:
            reason = baseline.thresholds.floors[change.name].reason
            yield (
                f"{change.name}: {change.now.hits}/{change.now.total} correct, the minimum is "
                f"{change.floor:g} ({reason})"
            )


def total(baseline: Baseline, answers: Mapping[str, str]) -> Confusion:
    """The confusion matrix of `answers` on the baseline's patients, all splits together."""
    truth = {case.case_id: case.label or "" for case in baseline.cases}
    return confusion(truth, {case: answers[case] for case in truth}, baseline.challenge.names)
