"""The kit for Codabench: a competition bundle of two phases, checked against what it asks for.

While the challenge runs the scoring program writes no number that isn't shown: columns that are
hidden on the board are in the answers of Codabench's interface all the same. The second phase
takes over each team's submission of the first and scores it on all ranked sets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from spgc.challenge.definition import Challenge, CountedSubmission
from spgc.kits.challenge_days import days_of
from spgc.kits.codabench_faults import codabench_faults
from spgc.kits.codabench_pages import (
    PER_DAY,
    SUBMISSIONS,
    codabench_notes,
    evaluation_page,
    terms_page,
)
from spgc.kits.kit_files import KitFile, archive, text_file
from spgc.kits.kit_material import KitMaterial
from spgc.kits.plain_logo import logo_png
from spgc.kits.platform_kit import PlatformKit, TrialRun
from spgc.kits.reached_code import Origin
from spgc.kits.run_program import laid_out, run_program
from spgc.kits.scorer_file import Program, scorer_text
from spgc.kits.shown_scores import ShownScores, shown_scores
from spgc.kits.written_kit import WrittenKit
from spgc.text.yaml_text import yaml_lines

TITLE = "Codabench"
BUNDLE, SCORING = "bundle.zip", {"during": "scoring_during.zip", "final": "scoring_final.zip"}
IMAGE = "codalab/codalab-legacy:py37"

LONGEST = 36
"""Letters of a column's title and key."""

_PROGRAM = Program(
    (
        Origin("spgc.kits.codabench_program", "scored_on_codabench"),
        Origin("spgc.kits.scorer_program", "Scorer"),
    ),
    '''"""Scoring program of a challenge on Codabench, for Python 3.7 and later.

    python3 scoring.py /app/input /app/output during|final

Made by spgc VERSION from its own source, so that it accepts, refuses and counts as `spgc validate`
and `spgc score` do. It holds no label.
"""''',
    """
PLAN = json.loads(r\"\"\"SHOWN_PLAN\"\"\")

if __name__ == "__main__":
    GIVEN, OUT, PHASE = sys.argv[1:4]
    END = scored_on_codabench(Scorer(FACTS), Path(GIVEN), Path(OUT), PLAN, PHASE)
    sys.stdout.write(END.output)
    sys.stderr.write(END.reason)
    sys.exit(END.code)
""",
)


def _shown(material: KitMaterial) -> ShownScores:
    return shown_scores(material, TITLE)


def _files(material: KitMaterial, shown: ShownScores) -> Sequence[KitFile]:
    """The bundle, and a submission as participants send it."""
    challenge, counted = material.challenge, _counted(material.challenge, shown)
    document = competition(challenge, shown)
    plan = json.dumps(shown.plan(challenge.ranking.tie_break))
    program = scorer_text(challenge, material.cases, _PROGRAM.with_words({"SHOWN_PLAN": plan}))
    bundle = [
        text_file("competition.yaml", _yaml(document), "public"),
        KitFile("logo.png", logo_png(), "public"),
        text_file("pages/overview.md", material.page(shown.kind, counted=counted), "public"),
        text_file("pages/evaluation.md", evaluation_page(challenge), "public"),
        text_file("pages/terms.md", terms_page(challenge), "public"),
        *(_scoring(name, phase, program) for phase, name in SCORING.items()),
        archive("reference_data.zip", [text_file("truth.csv", material.truth_csv, "private")]),
        archive("public_data.zip", material.public_files(shown.kind, counted=counted)),
    ]
    example = text_file("example.csv", material.example, "public")
    return [archive(BUNDLE, bundle), archive("example_submission.zip", [example])]


def _scoring(name: str, phase: str, program: str) -> KitFile:
    command = f"python3 /app/program/scoring.py /app/input /app/output {phase}"
    metadata = text_file("metadata.yaml", f"command: {command}\n", "public")
    return archive(name, [metadata, text_file("scoring.py", program, "public", program=True)])


def _yaml(document: Mapping[str, Any]) -> str:
    return "\n".join(yaml_lines(document)) + "\n"


def competition(challenge: Challenge, shown: ShownScores) -> dict[str, Any]:
    """`competition.yaml`. Raises DataError for a challenge without dates."""
    opens, closes = days_of(challenge, TITLE)
    after = closes + timedelta(days=1)
    limits = challenge.limits
    during = {
        "index": 0,
        "name": "Submissions",
        "description": "Submissions are checked and taken.",
        # Texts, for Codabench takes the time of the day from a YAML date.
        "start": f"{opens} 00:00:00",
        "end": f"{closes} 23:59:59",
        "max_submissions": limits.submissions or SUBMISSIONS,
        "max_submissions_per_day": limits.per_day or min(PER_DAY, limits.submissions or PER_DAY),
        "public_data": "public_data.zip",
        "tasks": [0],
    }
    final = {
        "index": 1,
        "name": "Final scores",
        "description": "Each team's submission that counts, on all ranked sets.",
        "start": f"{after} 00:05:00",
        "end": f"{after} 00:15:00",
        "max_submissions": 1,
        "max_submissions_per_day": 1,
        "auto_migrate_to_this_phase": True,
        "tasks": [1],
    }
    rules = {"execution_time_limit": 600, "hide_output": False, "hide_score_output": True}
    return {
        "version": 2,
        "title": challenge.title,
        "image": "logo.png",
        "terms": "pages/terms.md",
        "docker_image": IMAGE,
        "registration_auto_approve": False,
        "enable_detailed_results": False,
        "make_programs_available": False,
        "make_input_data_available": False,
        "can_participants_make_submissions_public": False,
        "pages": [
            {"title": "Overview", "file": "pages/overview.md"},
            {"title": "Evaluation", "file": "pages/evaluation.md"},
        ],
        "tasks": [
            {
                "index": number,
                "name": f"Scores {phase}",
                "scoring_program": name,
                "reference_data": "reference_data.zip",
            }
            for number, (phase, name) in enumerate(SCORING.items())
        ],
        "phases": [during | rules, final | rules],
        "leaderboards": [_board(challenge, shown)],
    }


def _counted(challenge: Challenge, shown: ShownScores) -> CountedSubmission:
    """Without scores there is no best submission: the last one is taken over."""
    return "last" if shown.kind == "none" else challenge.ranking.counted


def _board(challenge: Challenge, shown: ShownScores) -> dict[str, Any]:
    best = _counted(challenge, shown) == "best"
    return {
        "title": "Results",
        "key": "results",
        "submission_rule": "Force_Best" if best else "Force_Last",
        "columns": [
            {
                "index": index,
                "key": key,
                "title": title,
                "sorting": "desc",
                "precision": digits,
                "hidden": False,
            }
            for index, (key, title, digits) in enumerate(_columns(challenge, shown))
        ],
    }


def _columns(challenge: Challenge, shown: ShownScores) -> Iterator[tuple[str, str, int]]:
    """Key, title and decimals of each column; the first one ranks.

    Where nothing is shown the first one is the same for all, so that the board's order tells
    nothing, and the final scores break the tie.
    """
    answered = ("answered", "Cases answered", 0)
    rest = [("score", "Score", 4), ("right", "Correct predictions", 0)]
    if challenge.ranking.tie_break:
        title = f"Sensitivity {challenge.ranking.tie_break}"
        rest.insert(1, ("tie_break", title[:LONGEST], 4))
    rest += [("low", "Accuracy, 95 % from", 4), ("high", "Accuracy, 95 % to", 4)]
    yield from [answered, *rest] if shown.kind == "none" else [*rest, answered]
    if shown.kind in ("sets", "classes"):
        for number, name in enumerate(shown.sets, start=1):
            yield f"set{number}", f"Correct, {name}"[:LONGEST], 0
            if shown.kind == "classes":
                for place, label in enumerate(challenge.names, start=1):
                    yield f"set{number}_class{place}", f"{label}, {name}"[:LONGEST], 0


def _trial(kit: WrittenKit, data: bytes, place: Path) -> TrialRun:
    """Both phases on one submission, in folders as the worker binds them."""
    made = TrialRun()
    for phase, name in SCORING.items():
        at = place / phase
        laid_out(kit, f"{BUNDLE}!/{name}", at / "program")
        laid_out(kit, f"{BUNDLE}!/reference_data.zip", at / "input" / "ref")
        (at / "input" / "res").mkdir()
        (at / "input" / "res" / "submission.csv").write_bytes(data)
        (at / "output").mkdir()
        made = run_program([at / "program" / "scoring.py", at / "input", at / "output", phase])
        if made.reason:
            return made
        scores = json.loads((at / "output" / "scores.json").read_text("utf-8"))
        made = TrialRun(score=scores.get("score"))
    return made


CODABENCH = PlatformKit(
    "codabench",
    TITLE,
    (
        "Sign in at codabench.org, choose Benchmarks, then Management, then Upload.",
        f"Upload `{BUNDLE}` as it is, without unpacking it.",
        "Send `example_submission.zip` as a participant would, look at its score, and publish.",
    ),
    _shown,
    _files,
    codabench_notes,
    codabench_faults,
    _trial,
    counted=_counted,
)
