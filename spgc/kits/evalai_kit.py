"""The kit for EvalAI: a challenge as a zip, whose boards show what the challenge says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from spgc.kits.challenge_days import days_of
from spgc.kits.evalai_boards import FINAL
from spgc.kits.evalai_config import CONFIG, NO_LIMIT, SCRIPT, TRUTH, evalai_config
from spgc.kits.evalai_faults import BUNDLE, evalai_faults
from spgc.kits.evalai_pages import evalai_pages
from spgc.kits.kit_files import KitFile, archive, text_file
from spgc.kits.kit_material import KitMaterial
from spgc.kits.platform_kit import PlatformKit, TrialRun
from spgc.kits.platform_programs import EVALAI, platform_text
from spgc.kits.run_program import laid_out, run_program
from spgc.kits.shown_scores import ShownScores, shown_scores
from spgc.kits.written_kit import WrittenKit
from spgc.text.yaml_text import yaml_lines

TITLE = "EvalAI"

_PROGRAM = """
import json, sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from evaluation import evaluate

truth, given = HERE / "annotations" / "truth.csv", HERE / "submission.csv"
made = evaluate(str(truth), str(given), "submissions", submission_metadata={})
(HERE / "result.json").write_text(json.dumps(made, allow_nan=False))
"""


def _shown(material: KitMaterial) -> ShownScores:
    return shown_scores(material, TITLE)


def _files(material: KitMaterial, shown: ShownScores) -> Sequence[KitFile]:
    challenge = replace(material.challenge, feedback=shown.kind)
    opens, closes = days_of(challenge, TITLE)
    config = "\n".join(yaml_lines(evalai_config(challenge, opens, closes))) + "\n"
    asked = sum(case.split in challenge.ranked for case in material.cases)
    script = [
        text_file("__init__.py", "from .main import evaluate\n", "public"),
        text_file("main.py", platform_text(EVALAI, challenge, material.cases), "public"),
    ]
    bundle = [
        text_file(CONFIG, config, "public"),
        archive(SCRIPT, script),
        text_file(TRUTH, material.truth_csv, "private"),
        *(text_file(name, text, "public") for name, text in evalai_pages(challenge, asked).items()),
    ]
    return [archive(BUNDLE, bundle)]


def _notes(material: KitMaterial, shown: ShownScores) -> Sequence[str]:
    challenge = material.challenge
    lines = [
        "What ranks at the end is the board Final, which only hosts see. Set its visibility to 3 "
        "when the challenge has closed.",
        "The error of each number is half of the width of its exact interval at 95 %; of equal "
        "scores EvalAI lists the one with the smaller error first.",
    ]
    if challenge.ranking.counted == "last":
        lines.append(
            "EvalAI lists each team's best submission, and the last one counts here: download the "
            "submissions at the end and rank them with spgc challenge score."
        )
    if challenge.limits.submissions is None:
        lines.append(f"Without a limit of submissions it is EvalAI's own: {NO_LIMIT:,}.")
    if challenge.ranking.rule != "accuracy" and shown.kind in ("hits", "sets"):
        lines.append(
            "Boards that participants see are by accuracy: a balanced accuracy would tell the "
            "correct predictions of each class."
        )
    return lines


def _trial(kit: WrittenKit, data: bytes, place: Path) -> TrialRun:
    laid_out(kit, f"{BUNDLE}!/{SCRIPT}", place / "evaluation")
    (place / "annotations").mkdir()
    (place / TRUTH).write_bytes(kit.read(f"{BUNDLE}!/{TRUTH}"))
    (place / "submission.csv").write_bytes(data)
    (place / "trial.py").write_text(_PROGRAM, "utf-8")
    made = run_program([place / "trial.py"])
    if made.reason:
        return made
    result = json.loads((place / "result.json").read_text("utf-8"))["result"]
    boards: dict[str, dict[str, float]] = {name: n for one in result for name, n in one.items()}
    return TrialRun(score=boards.get(FINAL, {}).get(kit.challenge.ranking.rule))


EVALAI_KIT = PlatformKit(
    "evalai",
    TITLE,
    (
        "Sign in at eval.ai as a host, and choose Host challenge, then Upload.",
        f"Upload {BUNDLE} as it is, without unpacking it, and wait for the approval of EvalAI.",
        "Send the example as a participant would, and look at its boards.",
    ),
    _shown,
    _files,
    _notes,
    evalai_faults,
    _trial,
)
