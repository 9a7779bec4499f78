"""The configuration of a competition on Hugging Face: `conf.json`, and its solution."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from spgc.challenge.definition import Challenge
from spgc.data.manifests import Manifest
from spgc.files.csv_text import csv_text
from spgc.kits.hub_scores import SCORE, SPLIT_COLUMN, phase_of_cases
from spgc.submissions.columns import CASE_COLUMN, LABEL_COLUMN

NO_LIMIT = 1000
"""Submissions on one day where the challenge sets no limit."""


def day_limit(challenge: Challenge) -> int:
    """Submissions of a team on one day; the metric holds the limit of all."""
    return challenge.limits.per_day or challenge.limits.submissions or NO_LIMIT


def hub_config(challenge: Challenge, rows: int, closes: date) -> dict[str, Any]:
    """`conf.json`. rows: cases of the ranked sets; closes: the last day of the challenge.

    END_DATE is the day after, since the platform closes at its first minute. A team may select as
    many of its submissions as count: one.
    """
    return {
        "COMPETITION_TYPE": "generic",
        "SUBMISSION_LIMIT": day_limit(challenge),
        "SELECTION_LIMIT": 1,
        "END_DATE": str(closes + timedelta(days=1)),
        "EVAL_METRIC": "custom",
        "EVAL_HIGHER_IS_BETTER": 1,
        "SCORING_METRIC": SCORE,
        "SUBMISSION_ID_COLUMN": CASE_COLUMN,
        "SUBMISSION_COLUMNS": f"{CASE_COLUMN},{LABEL_COLUMN}",
        "SUBMISSION_ROWS": rows,
        "SUBMISSION_FILENAMES": ["submission.csv"],
        "LOGO": "",
        "DATASET": "",
        "HARDWARE": "cpu-basic",
        "TIME_LIMIT": 600,
    }


def solution_text(challenge: Challenge, manifest: Manifest) -> str:
    """The class of each ranked case, and whether it counts during the challenge or at its end."""
    phases = phase_of_cases(challenge, {case.case_id: case.split for case in manifest})
    rows = [
        (case.case_id, challenge.written[case.label or ""], phases[case.case_id])
        for case in manifest
        if case.case_id in phases
    ]
    return csv_text([(CASE_COLUMN, LABEL_COLUMN, SPLIT_COLUMN), *rows])
