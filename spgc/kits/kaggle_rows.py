"""Scoring rows of a solution, as Kaggle hands them over: one part of the cases at a time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spgc.challenge.definition import Challenge
from spgc.kits.part_scores import rule_during, sets_by_phase, share
from spgc.kits.scorer_program import BrokenScorer, Scorer, SubmissionRefused
from spgc.scoring.counts import confusion
from spgc.submissions.reading_rules import Reading
from spgc.submissions.validate import refusal, validate_bytes
from spgc.text.shortened import some


def share_of_rows(scorer: Scorer, truth: Iterable[tuple[object, object]], table: str) -> float:
    """The score of the rows of a solution, whichever part of the cases they are.

    truth: case and class of each row; table: the submission as CSV, which may answer further cases
    of the challenge. 0 for rows of which nothing is shown, and for none. Raises SubmissionRefused
    for a submission that can't be scored, BrokenScorer for a solution of other cases.
    """
    labels = labels_of_rows(scorer, truth)
    reading = Reading(scorer.challenge, partial=True)
    data = table.encode("utf-8", "backslashreplace")
    report = validate_bytes(data, None, scorer.cases, Path("submission.csv"), reading)
    if report.submission is None:
        raise SubmissionRefused(str(refusal(report)))
    answers = report.submission.predictions
    missing = [case for case in labels if case not in answers]
    if missing:
        raise SubmissionRefused(f"every case needs a prediction; without one: {some(missing)}")
    challenge = scorer.challenge
    rule = rule_of(challenge, {scorer.cases[case].split for case in labels})
    return 0.0 if rule is None else share(confusion(labels, answers, challenge.names), rule)


def rule_of(challenge: Challenge, sets: set[str]) -> str | None:
    """How rows of these sets are scored; None for not at all.

    Kaggle shows the score of public rows after each submission. Where other sets rank at the end,
    it is no more than the challenge shows back.
    """
    public, private = sets_by_phase(challenge)
    if not sets:
        return None
    if not sets <= set(public) or public == private:
        return challenge.ranking.rule
    return None if challenge.feedback == "none" else rule_during(challenge)


def final_cases(scorer: Scorer) -> list[str]:
    """The cases that count at the end."""
    _, private = sets_by_phase(scorer.challenge)
    return [case.case_id for name in private for case in scorer.cases.split(name)]


def labels_of_rows(scorer: Scorer, truth: Iterable[tuple[object, object]]) -> dict[str, str]:
    """Class by case. Raises BrokenScorer, which quotes nothing of the solution."""
    named = [(str(case), scorer.challenge.class_named(str(label))) for case, label in truth]
    labels = {case: label for case, label in named if label is not None and case in scorer.cases}
    if len(labels) < len(named):
        raise BrokenScorer("the solution does not hold one class for each case of the challenge")
    return labels
