"""Running the metric of a kit on one submission as Kaggle does, by parts of the solution."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

from spgc.kits.platform_kit import TrialRun
from spgc.kits.run_program import run_program
from spgc.kits.written_kit import WrittenKit

_PROGRAM = """
import doctest, json, sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import metric
import pandas as pd

if doctest.testmod(metric, report=False).failed:
    sys.exit("the example of the metric fails")
solution = pd.read_csv(HERE / "solution.csv")
submission = pd.read_csv(HERE / "submission.csv")
scores = {}
try:
    for usage, rows in solution.groupby("Usage"):
        rows = rows.drop(columns="Usage").reset_index(drop=True)
        scores[usage] = metric.score(rows, submission.copy(), "Study")
except metric.ParticipantVisibleError as refused:
    sys.exit(str(refused))
(HERE / "scores.json").write_text(json.dumps(scores))
"""


def kaggle_trial(kit: WrittenKit, data: bytes, place: Path) -> TrialRun:
    """The score by the private cases, or by the public ones where there are no others."""
    if find_spec("pandas") is None:
        return TrialRun(skipped="the metric needs pandas, which is not installed here")
    for name in ("metric.py", "solution.csv"):
        (place / name).write_bytes(kit.read(name))
    (place / "submission.csv").write_bytes(data)
    (place / "trial.py").write_text(_PROGRAM, "utf-8")
    made = run_program([place / "trial.py"])
    if made.reason:
        return made
    scores = json.loads((place / "scores.json").read_text("utf-8"))
    return TrialRun(score=scores.get("Private", scores.get("Public")))
