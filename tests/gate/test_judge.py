"""The verdict: lost patients, the paired test, floors, holes and changed labels break the gate."""

import dataclasses

import pytest

from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import Case, Manifest
from spgc.gate.baseline import Baseline, new_baseline
from spgc.gate.fast import keep_limits
from spgc.gate.judge import judge
from spgc.gate.thresholds import Limit
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL


def twelve() -> Baseline:
    """Twelve patients, four of each class, all right but one CAP."""
    cases = tuple(Case(f"c{i:02d}", CLASSES[i % 3], "val", "test", "own") for i in range(12))
    answers = {case.case_id: case.label or "" for case in cases} | {"c01": COVID19}
    return new_baseline("twelve", cases, answers, {}, challenge=SPGC)


def test_same_answers_pass() -> None:
    verdict = judge(twelve(), twelve().answers, twelve().manifest)
    assert verdict.passed
    assert not verdict.changed


def test_better_answers_pass_and_are_shown() -> None:
    baseline = twelve()
    verdict = judge(baseline, dict(baseline.answers) | {"c01": CAP})
    assert verdict.passed
    assert verdict.changed


def test_one_patient_less_fails_and_is_named_in_patients() -> None:
    baseline = twelve()
    verdict = judge(baseline, dict(baseline.answers) | {"c00": NORMAL})
    assert verdict.reasons[0].startswith("1 patient lost, 0 won: 1 fewer correct, allowed: 0")
    assert [flip.case for flip in verdict.comparison.flips] == ["c00"]


def test_a_lost_patient_may_be_paid_for_by_a_won_one() -> None:
    baseline = twelve()
    assert judge(baseline, dict(baseline.answers) | {"c00": NORMAL, "c01": CAP}).passed


def test_accuracy_bought_with_a_class_fails() -> None:
    """More right in all, but CAP is given up: the floor holds."""
    cases = tuple(
        Case(f"c{i:02d}", COVID19 if i < 9 else CAP, "val", "test", "own") for i in range(12)
    )
    before = {c.case_id: c.label or "" for c in cases} | {f"c{i:02d}": CAP for i in range(6)}
    now = {case.case_id: COVID19 for case in cases}
    verdict = judge(new_baseline("floors", cases, before, {}, challenge=SPGC), now)
    assert [change.now.hits for change in verdict.classes] == [9, 0]
    assert len(verdict.reasons) == 1
    assert verdict.reasons[0].startswith("CAP: 0/3 correct, the minimum is 2")


def test_the_paired_test_fails_what_a_loose_limit_lets_pass() -> None:
    baseline = twelve()
    loose = dataclasses.replace(baseline.thresholds, lost=Limit(11, "loose"), floors={})
    baseline = dataclasses.replace(baseline, thresholds=loose)
    five = dict(baseline.answers) | {f"c{i:02d}": NORMAL for i in (0, 3, 4, 6, 7)}
    assert judge(baseline, five).passed  # p = 0.0625
    six = five | {"c09": NORMAL}
    (reason,) = judge(baseline, six).reasons
    assert "exact paired p = 0.0312" in reason


def test_a_hole_fails() -> None:
    answers = dict(twelve().answers)
    del answers["c05"]
    verdict = judge(twelve(), answers)
    assert verdict.comparison is None
    assert "c05" in verdict.reasons[0]


def test_changed_truth_fails_even_if_answers_follow_it() -> None:
    """A label-order bug moves truth and answers alike: accuracy stays, the labels tell."""
    baseline = twelve()
    turn = dict(zip(CLASSES, (*CLASSES[1:], CLASSES[0]), strict=True))
    swapped = [dataclasses.replace(c, label=turn[c.label or ""]) for c in baseline.cases]
    truth = Manifest({case.case_id: case for case in swapped})
    verdict = judge(baseline, baseline.answers, truth)
    assert len(verdict.reasons) == 12
    assert verdict.reasons[0] == "the true class of c00 was COVID-19 in the baseline, now CAP"


@pytest.mark.parametrize("split", ["val", "test2"])
def test_verdict_as_json_counts(split: str) -> None:
    baseline = twelve()
    moved = tuple(dataclasses.replace(case, split=split) for case in baseline.cases)
    document = judge(dataclasses.replace(baseline, cases=moved), baseline.answers).as_dict()
    assert document["passed"]
    assert document["comparison"]["groups"][0]["set"] == split
    assert document["classes"][1]["now"]["hits"] == 3


def test_an_update_keeps_what_a_person_wrote() -> None:
    """Floors that only followed from the baseline follow the new one, or it would fail itself."""
    old = twelve()
    written = Limit(3, "agreed on")
    floors = dict(old.thresholds.floors) | {NORMAL: written}
    limits = dataclasses.replace(old.thresholds, lost=Limit(2, "agreed on"), floors=floors)
    old = dataclasses.replace(old, thresholds=limits)
    worse = dict(old.answers) | {"c00": NORMAL, "c03": NORMAL}
    made = new_baseline("twelve", old.cases, worse, {}, challenge=SPGC)
    kept = keep_limits(made, old)
    assert kept.thresholds.lost == limits.lost
    assert kept.thresholds.floors[NORMAL] == written
    assert (limits.floors[COVID19].value, kept.thresholds.floors[COVID19].value) == (3, 1)
    assert judge(kept, kept.answers).passed
    fewer = new_baseline("eleven", old.cases[1:], worse, {}, challenge=SPGC)
    assert keep_limits(fewer, old).thresholds == fewer.thresholds
