"""The kit for competitions on Hugging Face: what goes into their private repository."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from spgc.challenge.definition import Challenge
from spgc.kits.challenge_days import days_of
from spgc.kits.hub_config import day_limit, hub_config, solution_text
from spgc.kits.hub_scores import SCORE, SPLIT_COLUMN, phase_of_cases
from spgc.kits.kit_files import KitFile, text_file
from spgc.kits.kit_material import KitMaterial
from spgc.kits.kit_tables import solution_faults
from spgc.kits.part_scores import sets_by_phase
from spgc.kits.platform_kit import PlatformKit, TrialRun
from spgc.kits.platform_programs import HUGGING_FACE, platform_text
from spgc.kits.run_program import run_program
from spgc.kits.shown_scores import ShownScores, shown_scores
from spgc.kits.written_kit import WrittenKit

TITLE = "Hugging Face"
FOLDER = "competition"
PAGES = ("COMPETITION_DESC.md", "DATASET_DESC.md", "SUBMISSION_DESC.md", "RULES.md")

_PROGRAM = """
import json, sys, types
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
hub = types.ModuleType("huggingface_hub")
hub.hf_hub_download = lambda repo_id, filename, token, repo_type: str(HERE / filename)
sys.modules["huggingface_hub"] = hub

import metric

known = {"competition_id": "lab/trial", "token": "", "team_id": "team", "submission_id": "one"}
try:
    scores = metric.compute(types.SimpleNamespace(**known))
except metric.SubmissionRefused as refused:
    sys.exit(str(refused))
(HERE / "scores.json").write_text(json.dumps(scores, allow_nan=False))
"""


def _shown(material: KitMaterial) -> ShownScores:
    """As the challenge says, the Ladder included."""
    shown = shown_scores(material, TITLE)
    public = tuple(n for n in material.challenge.ranked if material.challenge.sets[n].public)
    if material.challenge.feedback != "ladder" or not public:
        return shown
    return ShownScores(
        "ladder",
        public,
        "The metric does the Ladder: it reads a team's earlier submissions from the repository, "
        "and the public score changes only when a new one is clearly better.",
    )


def _files(material: KitMaterial, shown: ShownScores) -> Sequence[KitFile]:
    challenge = replace(material.challenge, feedback=shown.kind)
    _, closes = days_of(challenge, TITLE)
    rows = sum(case.split in challenge.ranked for case in material.cases)
    config = json.dumps(hub_config(challenge, rows, closes), indent=1, ensure_ascii=False)
    pages = _pages(material, challenge)
    return [
        text_file(f"{FOLDER}/conf.json", config + "\n", "private"),
        text_file(f"{FOLDER}/solution.csv", solution_text(challenge, material.truth), "private"),
        text_file(
            f"{FOLDER}/metric.py", platform_text(HUGGING_FACE, challenge, material.cases), "private"
        ),
        text_file(f"{FOLDER}/teams.json", "{}\n", "private"),
        text_file(f"{FOLDER}/user_team.json", "{}\n", "private"),
        *(text_file(f"{FOLDER}/{name}", pages[name], "public") for name in PAGES),
    ]


def _pages(material: KitMaterial, challenge: Challenge) -> dict[str, str]:
    told = {
        "none": "No score is shown before the end: the public score is 0 for everybody.",
        "ladder": "The public score is that of your best submission so far; it changes only when "
        "a new one is clearly better.",
    }.get(challenge.feedback, "The public score is about the public sets together.")
    return {
        "COMPETITION_DESC.md": material.page(
            challenge.feedback, sets_by_phase(challenge)[1], selected=True
        ),
        "DATASET_DESC.md": "# Data\n\n`cases.csv` lists the cases with their sets.\n",
        "SUBMISSION_DESC.md": (
            "# Submission\n\nOne CSV file in the form of `example.csv`, with a row for each case "
            "of the ranked sets. This platform does not say why a file is refused: check it with "
            "`python3 check.py your.csv` first.\n\n"
            f"{told} `plus_minus` is half of the width of the exact 95 % interval of the "
            "accuracy.\n"
        ),
        "RULES.md": "# Rules\n\nOne account per team. Labels are not to be derived from scores.\n",
    }


def _notes(material: KitMaterial, shown: ShownScores) -> Sequence[str]:
    challenge = material.challenge
    lines = [
        "Keep the repository private: it holds the solution and all submissions.",
        "A team sees that a submission failed, and never why: participants check their file with "
        "check.py.",
        f"Limit of a day: {day_limit(challenge):,}. "
        + (
            f"The metric refuses a team's submissions beyond {challenge.limits.submissions}."
            if challenge.limits.submissions
            else "The challenge sets no limit for all submissions of a team."
        ),
        "At the end the submission that a team selects counts, or the one with the best public "
        "score.",
    ]
    if all(challenge.sets[name].public for name in challenge.ranked):
        lines.append("No ranked set is private: the final score is about all ranked sets.")
    return lines


def _faults(kit: WrittenKit) -> Iterator[str]:
    """What the platform would trip over, a sentence each."""
    try:
        config = json.loads(kit.read(f"{FOLDER}/conf.json"))
        yield from list(_config_faults(kit, config))
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        yield f"conf.json can't be checked: {error}"
    sets = {case.case_id: case.split for case in kit.truth}
    phases = phase_of_cases(kit.challenge, sets)
    yield from solution_faults(kit, f"{FOLDER}/solution.csv", SPLIT_COLUMN, phases)
    for name in PAGES:
        if not kit.read(f"{FOLDER}/{name}").strip():
            yield f"{name} is empty"
    if b"def compute(params)" not in kit.read(f"{FOLDER}/metric.py"):
        yield "metric.py has no compute(params)"


def _config_faults(kit: WrittenKit, config: dict[str, Any]) -> Iterator[str]:
    wanted = hub_config(kit.challenge, 0, date(2030, 1, 1))
    if lacking := [key for key in wanted if key not in config]:
        yield f"conf.json lacks {', '.join(lacking)}"
        return
    if config["EVAL_METRIC"] != "custom" or config["SCORING_METRIC"] != SCORE:
        yield f"conf.json does not rank by {SCORE} of the kit's metric"
    if int(config["EVAL_HIGHER_IS_BETTER"]) != 1:
        yield "EVAL_HIGHER_IS_BETTER is not 1, so that the worst team is first"
    for key in ("SUBMISSION_LIMIT", "SELECTION_LIMIT"):
        if type(config[key]) is not int or config[key] < 1:
            yield f"{key} is no number from 1"
    if " " in config["SUBMISSION_COLUMNS"]:
        yield "SUBMISSION_COLUMNS holds a blank"
    date.fromisoformat(config["END_DATE"])


def _trial(kit: WrittenKit, data: bytes, place: Path) -> TrialRun:
    for name in ("metric.py", "solution.csv"):
        (place / name).write_bytes(kit.read(f"{FOLDER}/{name}"))
    (place / "submissions").mkdir()
    (place / "submissions" / "team-one.csv").write_bytes(data)
    (place / "submission_info").mkdir()
    entry = {"submission_id": "one", "status": 2}
    known = json.dumps({"id": "team", "submissions": [entry]})
    (place / "submission_info" / "team.json").write_text(known)
    (place / "trial.py").write_text(_PROGRAM, "utf-8")
    made = run_program([place / "trial.py"])
    if made.reason:
        return made
    scores = json.loads((place / "scores.json").read_text("utf-8"))
    return TrialRun(score=scores["private_score"].get(SCORE))


HUB_KIT = PlatformKit(
    "huggingface",
    TITLE,
    (
        "Make a private dataset repository, and upload the files of competition/ to its root.",
        "Make a Space of the template for competitions, with that repository as its "
        "COMPETITION_ID and a token of yours as its HF_TOKEN.",
        "Put the public folder into a public dataset, and send the example as a participant.",
    ),
    _shown,
    _files,
    _notes,
    _faults,
    _trial,
    private_alone=True,
    selected=True,
)
