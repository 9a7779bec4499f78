"""Scoring rows of a solution, as Kaggle hands them over: one part of the cases at a time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spgc.kits.part_scores import share
from spgc.kits.scorer_program import BrokenScorer, Scorer, SubmissionRefused
from spgc.scoring.counts import confusion
from spgc.submissions.reading_rules import Reading
from spgc.submissions.validate import refusal, validate_bytes
from spgc.text.shortened import some


def share_of_rows(scorer: Scorer, truth: Iterable[tuple[object, object]], table: str) -> float:
    """The score of the rows of a solution, whichever part of the cases they are.

    truth: case and class of each row; table: the submission as CSV, which may answer further cases
    of the challenge. Raises SubmissionRefused for a submission that can't be scored, BrokenScorer
    for a solution of other cases.
    """
    labels = labels_of_rows(scorer, truth)
    reading = Reading(partial=True).on(scorer.challenge)
    data = table.encode("utf-8", "backslashreplace")
    report = validate_bytes(data, None, scorer.cases, Path("submission.csv"), reading)
    if report.submission is None:
        raise SubmissionRefused(str(refusal(report)))
    answers = report.submission.predictions
    missing = [case for case in labels if case not in answers]
    if missing:
        raise SubmissionRefused(
            f"every case needs a prediction, and these have none: {some(missing)}"
        )
    counts = confusion(labels, answers, scorer.challenge.names)
    return share(counts, scorer.challenge.ranking.rule)


def labels_of_rows(scorer: Scorer, truth: Iterable[tuple[object, object]]) -> dict[str, str]:
    """Class by case. Raises BrokenScorer, which quotes nothing of the solution."""
    named = [(str(case), scorer.challenge.class_named(str(label))) for case, label in truth]
    labels = {case: label for case, label in named if label is not None and case in scorer.cases}
    if not labels or len(labels) < len(named):
        raise BrokenScorer("the solution does not hold one class for each case of the challenge")
    return labels
