"""The public and the private score of a submission, as Hugging Face's competitions want them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from spgc.challenge.definition import Challenge
from spgc.disclosure.ladder import clearly_better
from spgc.kits.kaggle_rows import labels_of_rows
from spgc.kits.part_scores import half_width, rule_during, sets_by_phase, share
from spgc.kits.scorer_program import BrokenScorer, Scorer, SubmissionRefused
from spgc.scoring.counts import Confusion, confusion
from spgc.submissions.columns import CASE_COLUMN, LABEL_COLUMN

SPLIT_COLUMN = "split"
"""Column of the solution that says whether a case counts during the challenge or at its end."""

SCORE = "score"
"""Name of the score that ranks."""

SUCCESS = 3
"""The platform's number for a submission that has been scored."""

ClassOfCase = Mapping[str, str]


def phase_of_cases(challenge: Challenge, cases: Mapping[str, str]) -> dict[str, str]:
    """Public or private for each ranked case; cases: their sets."""
    public = [name for name in challenge.ranked if challenge.sets[name].public]
    return {
        case: "public" if name in public else "private"
        for case, name in cases.items()
        if name in challenge.ranked
    }


def read_solution(scorer: Scorer, path: str | Path) -> dict[str, str]:
    """The class of each ranked case, from the solution that the kit wrote.

    Raises BrokenScorer for another file, which quotes nothing of it.
    """
    with Path(path).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = (CASE_COLUMN, LABEL_COLUMN, SPLIT_COLUMN)
    if any(row.get(name) is None for row in rows for name in wanted):
        raise BrokenScorer("the solution is not the file that the kit wrote")
    labels = labels_of_rows(scorer, [(row[CASE_COLUMN], row[LABEL_COLUMN]) for row in rows])
    sets = {case.case_id: case.split for case in scorer.cases}
    phases = phase_of_cases(scorer.challenge, sets)
    if {row[CASE_COLUMN]: row[SPLIT_COLUMN] for row in rows} != phases:
        raise BrokenScorer("the solution does not divide the cases as the challenge does")
    return labels


def earlier_submissions(path: str | Path, submission: str) -> list[str]:
    """IDs of a team's scored submissions before this one, in order, from the platform's list."""
    known = json.loads(Path(path).read_text("utf-8"))["submissions"]
    before = []
    for one in known:
        if one["submission_id"] == submission:
            break
        if one["status"] == SUCCESS:
            before.append(one["submission_id"])
    return before


def two_scores(
    scorer: Scorer, path: str | Path, truth: ClassOfCase, earlier: Sequence[str | Path] = ()
) -> dict[str, dict[str, float]]:
    """`public_score` and `private_score`, whose names are the same, as the platform demands.

    earlier: the team's scored submissions before this one, in order, for the Ladder and for the
    limit of all submissions, which the platform has not. Raises SubmissionRefused.
    """
    challenge = scorer.challenge
    most = challenge.limits.submissions
    if most is not None and len(earlier) >= most:
        raise SubmissionRefused(f"a team may make {most} submissions in all: this is one more")
    answers = scorer.read_answers(path).predictions
    public, private = sets_by_phase(challenge)
    at_the_end = _counts(scorer, private, answers, truth)
    shown: ClassOfCase | None = answers
    if challenge.feedback == "none" or not public:
        shown = None
    elif challenge.feedback == "ladder":
        before = [one for path in earlier for one in _answers(scorer, path)]
        shown = highest_rung([*before, answers], _truth_of(scorer, public, truth))
    during = None if shown is None else _counts(scorer, public, shown, truth)
    return {
        "public_score": _numbers(challenge, during, rule_during(challenge)),
        "private_score": _numbers(challenge, at_the_end, challenge.ranking.rule),
    }


def _answers(scorer: Scorer, path: str | Path) -> list[ClassOfCase]:
    """The answers of an earlier submission; none where it can't be read any more."""
    try:
        return [scorer.read_answers(path).predictions]
    except SubmissionRefused:
        return []


def highest_rung(submissions: Sequence[ClassOfCase], truth: ClassOfCase) -> ClassOfCase:
    """The submission whose score is shown after all of them: see `spgc.disclosure.ladder`."""
    best = submissions[0]
    for answers in submissions[1:]:
        right = {case for case, label in truth.items() if answers[case] == label}
        before = {case for case, label in truth.items() if best[case] == label}
        if clearly_better(len(right - before), len(before - right), len(truth)):
            best = answers
    return best


def _truth_of(scorer: Scorer, sets: Sequence[str], truth: ClassOfCase) -> dict[str, str]:
    return {c.case_id: truth[c.case_id] for name in sets for c in scorer.cases.split(name)}


def _counts(
    scorer: Scorer, sets: Sequence[str], answers: ClassOfCase, truth: ClassOfCase
) -> Confusion:
    return confusion(_truth_of(scorer, sets, truth), answers, scorer.challenge.names)


def _numbers(challenge: Challenge, counts: Confusion | None, rule: str) -> dict[str, float]:
    """What is told of some sets: always the same names, 0 for what is not shown.

    `plus_minus` is half of the width of the accuracy's exact interval at 95 %.
    """
    names = [SCORE, "accuracy", "plus_minus", "correct"]
    if challenge.feedback == "classes":
        names += [f"correct {name}" for name in challenge.names]
    if counts is None:
        return dict.fromkeys(names, 0.0)
    numbers = [
        share(counts, rule),
        share(counts, "accuracy"),
        half_width(counts, "accuracy"),
        counts.accuracy.hits,
        *(counts.sensitivity(place).hits for place in range(len(challenge.names))),
    ]
    return {name: float(number) for name, number in zip(names, numbers)}  # noqa: B905 - 3.7
