"""The configuration of a challenge on EvalAI: `challenge_config.yaml`."""

from __future__ import annotations

from datetime import date
from typing import Any

from spgc.challenge.definition import Challenge
from spgc.kits.evalai_boards import PHASE, evalai_boards, leaderboards

CONFIG = "challenge_config.yaml"
SCRIPT = "evaluation_script.zip"
TRUTH = "annotations/truth.csv"

PAGES = {
    "description": "description.html",
    "evaluation_details": "evaluation_details.html",
    "terms_and_conditions": "terms_and_conditions.html",
    "submission_guidelines": "submission_guidelines.html",
}
"""Pages by their key in the configuration."""

PHASE_PAGE = "phase_description.html"

MOST_TITLE = 100
"""Characters of a title, of a board's or a phase's name (`Challenge`, `DatasetSplit`)."""

NO_LIMIT = 100_000
"""EvalAI's own number of submissions where the challenge sets none."""

DECIMALS = 4


def evalai_config(challenge: Challenge, opens: date, closes: date) -> dict[str, Any]:
    """The configuration as EvalAI's validator reads it; the first label ranks, largest first.

    `sort_ascending` has to be said of each label: where a label has metadata without it, EvalAI
    sorts the smallest first, whatever the board says.
    """
    start, end = f"{opens} 00:00:00", f"{closes} 23:59:59"
    most = challenge.limits.submissions or NO_LIMIT
    boards = list(enumerate(evalai_boards(challenge), start=1))
    return {
        "title": challenge.title[:MOST_TITLE],
        "short_description": challenge.title,
        **PAGES,
        "evaluation_script": SCRIPT,
        "start_date": start,
        "end_date": end,
        "published": False,
        "leaderboard_description": "Errors are half of the width of a 95 % interval.",
        "leaderboard": [
            {
                "id": number,
                "schema": {
                    "labels": columns,
                    "default_order_by": columns[0],
                    "metadata": {one: _metadata(one) for one in columns},
                },
            }
            for number, columns in leaderboards(challenge).items()
        ],
        "challenge_phases": [
            {
                "id": 1,
                "name": "Submissions",
                "codename": PHASE,
                "description": PHASE_PAGE,
                "leaderboard_public": any(board.shown for _, board in boards),
                "is_public": True,
                "is_submission_public": True,
                "start_date": start,
                "end_date": end,
                "test_annotation_file": TRUTH,
                "max_submissions_per_day": challenge.limits.per_day or most,
                "max_submissions_per_month": most,
                "max_submissions": most,
                "allowed_submission_file_types": ".csv",
                "disable_logs": False,
            }
        ],
        "dataset_splits": [
            {"id": number, "name": board.title[:MOST_TITLE], "codename": board.codename}
            for number, board in boards
        ],
        "challenge_phase_splits": [
            {
                "challenge_phase_id": 1,
                "leaderboard_id": board.leaderboard,
                "dataset_split_id": number,
                "visibility": board.visibility,
                "leaderboard_decimal_precision": DECIMALS,
                "is_leaderboard_order_descending": True,
            }
            for number, board in boards
        ],
    }


def _metadata(label: str) -> dict[str, Any]:
    said = "correct predictions" if label.startswith("correct") else f"{label}, 0 to 1"
    return {"sort_ascending": False, "description": said}
