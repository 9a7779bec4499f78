"""The kit for Gradescope: an autograder for the time of the challenge, and one for its end."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spgc.challenge.definition import Challenge, CountedSubmission
from spgc.kits.gradescope_program import POINTS
from spgc.kits.kit_files import KitFile, archive, text_file
from spgc.kits.kit_material import KitMaterial
from spgc.kits.platform_kit import PlatformKit, TrialRun
from spgc.kits.reached_code import Origin
from spgc.kits.run_program import laid_out, run_program
from spgc.kits.scorer_file import Program, scorer_text
from spgc.kits.shown_scores import ShownScores, shown_scores
from spgc.kits.written_kit import WrittenKit

TITLE = "Gradescope"
AUTOGRADERS = {"during": "autograder.zip", "final": "autograder_final.zip"}

SETUP = """#!/usr/bin/env bash
# Gradescope's images have Python 3; any version from 3.7 on will do.
command -v python3 >/dev/null || { apt-get update && apt-get install -y python3; }
"""
RUN = """#!/usr/bin/env bash
python3 /autograder/source/grade.py "${1:-/autograder}" PHASE
"""

_PROGRAM = Program(
    (
        Origin("spgc.kits.gradescope_program", "graded"),
        Origin("spgc.kits.gradescope_program", "write_results"),
        Origin("spgc.kits.scorer_program", "Scorer"),
    ),
    '''"""Autograder of a challenge on Gradescope, for Python 3.7 and later.

    python3 grade.py /autograder during|final

Made by spgc VERSION from its own source, so that it accepts, refuses and counts as `spgc validate`
and `spgc score` do. It holds no label.
"""''',
    """
PLAN = json.loads(r\"\"\"SHOWN_PLAN\"\"\")

if __name__ == "__main__":
    ROOT = Path(sys.argv[1])
    write_results(ROOT, graded(Scorer(FACTS), ROOT, PLAN, sys.argv[2]))
""",
)


def _shown(material: KitMaterial) -> ShownScores:
    return shown_scores(material, TITLE)


def _titles(challenge: Challenge, shown: ShownScores) -> dict[str, str]:
    """What each number is called."""
    titles = {
        "answered": "Cases answered",
        "score": "Score",
        "right": "Correct predictions",
        "low": "Accuracy, 95 % interval from",
        "high": "Accuracy, 95 % interval to",
        "tie_break": f"Sensitivity {challenge.ranking.tie_break}",
    }
    for number, name in enumerate(shown.sets, start=1):
        titles[f"set{number}"] = f"Correct predictions, {name}"
        for place, label in enumerate(challenge.names, start=1):
            titles[f"set{number}_class{place}"] = f"Correct predictions, {label}, {name}"
    return titles


def _files(material: KitMaterial, shown: ShownScores) -> Sequence[KitFile]:
    challenge = material.challenge
    plan = {
        **shown.plan(challenge.ranking.tie_break),
        "titles": _titles(challenge, shown),
    }
    words = {"SHOWN_PLAN": json.dumps(plan)}
    program = scorer_text(challenge, material.cases, _PROGRAM.with_words(words))
    return [
        archive(
            name,
            [
                text_file("setup.sh", SETUP, "public", program=True),
                text_file("run_autograder", RUN.replace("PHASE", phase), "public", program=True),
                text_file("grade.py", program, "public"),
                text_file("truth.csv", material.truth_csv, "private"),
            ],
        )
        for phase, name in AUTOGRADERS.items()
    ]


def _notes(material: KitMaterial, shown: ShownScores) -> Sequence[str]:
    limits = material.challenge.limits
    lines = [
        "Gradescope has no second set of scores: after the end the final autograder takes the "
        "place of the first one and grades all submissions again, on all ranked sets.",
        "A refused file gets 0 points and its reason, at once.",
    ]
    if limits.submissions is not None:
        lines.append(
            f"Set the limit of {limits.submissions} submissions in the assignment's settings: an "
            "autograder can't."
        )
    if material.challenge.ranking.counted == "best":
        lines.append("Gradescope takes the submission that a student activates, else the last.")
    if shown.kind == "none":
        lines.append("Until the end there is no leaderboard: it would have to show scores.")
    return lines


def _counted(challenge: Challenge, shown: ShownScores) -> CountedSubmission:
    """The last one, unless a student activates another."""
    return "last"


def _faults(kit: WrittenKit) -> Iterator[str]:
    for name in AUTOGRADERS.values():
        inside = kit.members(name)
        for wanted in ("setup.sh", "run_autograder", "grade.py", "truth.csv"):
            if wanted not in inside:
                yield f"{wanted} is not at the root of {name}"
            elif wanted in ("setup.sh", "run_autograder"):
                text = kit.read(f"{name}!/{wanted}")
                if not text.startswith(b"#!") or b"\r" in text:
                    yield f"{wanted} in {name} does not begin with #!, or has CR line ends"


def _trial(kit: WrittenKit, data: bytes, place: Path) -> TrialRun:
    """Both autograders on one submission, in folders as Gradescope has them."""
    made = TrialRun()
    for phase, name in AUTOGRADERS.items():
        root = place / phase
        laid_out(kit, name, root / "source")
        (root / "submission").mkdir()
        (root / "submission" / "submission.csv").write_bytes(data)
        made = run_program([root / "source" / "grade.py", root, phase])
        if made.reason:
            return made
        results = json.loads((root / "results" / "results.json").read_text("utf-8"))
        if wrong := next(results_faults(results), None):
            return TrialRun(reason=wrong)
        refused = results["output"].startswith(("Refused", "Not scored"))
        made = TrialRun(results["score"], results["output"] if refused else None)
        if refused:
            return made
    return made


def results_faults(results: Mapping[str, Any]) -> Iterator[str]:
    """What Gradescope would not take of a `results.json`."""
    score = results.get("score")
    if not isinstance(score, int | float) or not math.isfinite(score) or not 0 <= score <= POINTS:
        yield f"score is no number from 0 to {POINTS}"
    if not isinstance(results.get("output"), str):
        yield "output is no text"
    for key in ("visibility", "stdout_visibility"):
        if results.get(key) not in ("visible", "hidden", "after_due_date", "after_published"):
            yield f"{key} is none of visible, hidden, after_due_date, after_published"
    if results.get("tests") != []:
        yield "tests is no empty list"
    for row in results.get("leaderboard", []):
        value = row.get("value")
        if not isinstance(value, int | float) or not math.isfinite(value):
            yield "a value of the leaderboard is no number"
        if not isinstance(row.get("name"), str) or row.get("order") not in ("asc", "desc"):
            yield "a column of the leaderboard lacks its name or order"


GRADESCOPE = PlatformKit(
    "gradescope",
    TITLE,
    (
        f"Make a programming assignment of {POINTS} points, with a leaderboard and a limit of "
        "submissions.",
        f"Upload `{AUTOGRADERS['during']}` as its autograder; test it with `public/example.csv`.",
        f"After the end upload `{AUTOGRADERS['final']}` in its place and regrade all submissions.",
    ),
    _shown,
    _files,
    _notes,
    _faults,
    _trial,
    counted=_counted,
)
