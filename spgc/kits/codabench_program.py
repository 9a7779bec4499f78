"""What Codabench runs for a submission: from its folders to `scores.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spgc.kits.phase_scores import phase_scores
from spgc.kits.scorer_program import (
    BROKEN,
    REFUSED,
    BrokenScorer,
    Outcome,
    Scorer,
    SubmissionRefused,
    ended,
)


def scored_on_codabench(
    scorer: Scorer, given: Path, out: Path, plan: Mapping[str, Any], phase: str
) -> Outcome:
    """Score the one CSV in `given/res` with the truth in `given/ref`; writes `out/scores.json`.

    A refusal ends with a code other than 0, and Codabench shows the submission as failed.
    """
    try:
        answers = scorer.read_answers(given / "res")
        scored = scorer.score(answers, scorer.read_truth(given / "ref" / "truth.csv"))
    except SubmissionRefused as refused:
        return ended(str(refused), REFUSED)
    except BrokenScorer as broken:
        return ended(str(broken), BROKEN)
    text = json.dumps(phase_scores(scored, plan, phase), allow_nan=False)
    (out / "scores.json").write_text(text + "\n", "utf-8")
    return Outcome(0, "scored\n", "")
