"""What Gradescope runs for a submission: from its folders to `results.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spgc.kits.phase_scores import FINAL, phase_scores
from spgc.kits.scorer_program import BrokenScorer, Scorer, SubmissionRefused

POINTS = 100
"""Points of the assignment: those of a submission without a mistake."""


def graded(scorer: Scorer, root: Path, plan: Mapping[str, Any], phase: str) -> dict[str, Any]:
    """`results.json` of the submission in `root/submission`.

    A refused file gets no points and its reason, which is shown at once: without a results file
    Gradescope would show neither.
    """
    try:
        answers = scorer.read_answers(root / "submission")
        scored = scorer.score(answers, scorer.read_truth(root / "source" / "truth.csv"))
    except SubmissionRefused as refused:
        return _result(0.0, f"Refused, not scored: {refused}", "visible")
    except BrokenScorer as broken:
        return _result(0.0, f"Not scored, tell your teacher: {broken}", "visible")
    numbers = phase_scores(scored, plan, phase)
    if "score" not in numbers:
        number = int(numbers["answered"])
        return _result(0.0, f"Taken: {number} cases answered. Scores follow at the end.", "visible")
    told = "\n".join(f"{plan['titles'][key]}: {value:g}" for key, value in numbers.items())
    made = _result(round(POINTS * numbers["score"], 6), told, "visible")
    return {**made, "leaderboard": _board(numbers, plan, phase)}


def _result(score: float, output: str, visibility: str) -> dict[str, Any]:
    return {
        "score": score,
        "output": output,
        "visibility": visibility,
        "stdout_visibility": "hidden",
        "tests": [],
    }


def _board(
    numbers: Mapping[str, float], plan: Mapping[str, Any], phase: str
) -> list[dict[str, Any]]:
    """The columns of the leaderboard; the first one ranks."""
    shown = ["score", "tie_break", "right"] if phase == FINAL else ["score", "right"]
    return [
        {"name": plan["titles"][key], "value": numbers[key], "order": "desc"}
        for key in shown
        if key in numbers
    ]


def write_results(root: Path, results: Mapping[str, Any]) -> None:
    """Write `results/results.json`."""
    folder = root / "results"
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=2, allow_nan=False)
    (folder / "results.json").write_text(text + "\n", "utf-8")
