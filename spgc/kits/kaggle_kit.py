"""The kit for Kaggle: solution, sample submission and the metric of a community competition."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from spgc.challenge.definition import Challenge
from spgc.data.manifests import Manifest
from spgc.errors import DataError
from spgc.files.csv_text import csv_text
from spgc.kits.challenge_days import daily_limit, in_all_by_day
from spgc.kits.kaggle_trial import kaggle_trial
from spgc.kits.kit_files import KitFile, text_file
from spgc.kits.kit_material import KitMaterial
from spgc.kits.kit_tables import rows_of, solution_faults
from spgc.kits.pandas_names import altered
from spgc.kits.part_scores import sets_by_phase
from spgc.kits.platform_kit import PlatformKit
from spgc.kits.platform_programs import KAGGLE, platform_text
from spgc.kits.shown_scores import ShownScores, shown_scores
from spgc.kits.written_kit import WrittenKit
from spgc.submissions.columns import CASE_COLUMN, LABEL_COLUMN

TITLE = "Kaggle"
SOLUTION, SAMPLE = "solution.csv", "sample_submission.csv"
METRIC, NOTEBOOK = "metric.py", "metric.ipynb"

USAGE = "Usage"
"""Column of the solution that says on which leaderboard a case counts."""


def usage_of_cases(challenge: Challenge, cases: Manifest) -> dict[str, str]:
    """Public or Private for each ranked case, as Kaggle spells it.

    Where nothing may be shown and all ranked sets are public, all cases count at the end alone.
    """
    public = [name for name in challenge.ranked if challenge.sets[name].public]
    if challenge.feedback == "none" and len(public) == len(challenge.ranked):
        public = []
    return {
        case.case_id: "Public" if case.split in public else "Private"
        for case in cases
        if case.split in challenge.ranked
    }


def _shown(material: KitMaterial) -> ShownScores:
    return shown_scores(material, TITLE)


def _files(material: KitMaterial, shown: ShownScores) -> Sequence[KitFile]:
    challenge = replace(material.challenge, feedback=shown.kind)
    usage = usage_of_cases(challenge, material.cases)
    _refuse_altered(challenge, list(usage))
    rows = [
        (case.case_id, challenge.written[case.label or ""], usage[case.case_id])
        for case in material.truth
        if case.case_id in usage
    ]
    metric = platform_text(KAGGLE, challenge, material.cases)
    return [
        text_file(SOLUTION, csv_text([(CASE_COLUMN, LABEL_COLUMN, USAGE), *rows]), "private"),
        text_file(SAMPLE, material.example, "public"),
        text_file(METRIC, metric, "private"),
        text_file(NOTEBOOK, notebook_of(metric), "private"),
        text_file("description.md", _description(material, shown), "public"),
    ]


def _refuse_altered(challenge: Challenge, cases: Sequence[str]) -> None:
    """Kaggle reads tables with pandas, and would find no case or class again that it alters."""
    for what, names in (("case IDs", cases), ("classes", list(challenge.written.values()))):
        if name := altered(names):
            raise DataError(
                f"Kaggle would read these {what} as something else",
                where=challenge.title,
                found=name,
                expected="names that a table keeps, such as whole numbers or words",
                do=f"put a letter in front of the {what}",
            )


def notebook_of(program: str) -> str:
    """A notebook of one cell, which Kaggle takes for a metric."""
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "id": "metric",
        "metadata": {},
        "outputs": [],
        "source": program.splitlines(keepends=True),
    }
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    document = {
        "cells": [cell],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1) + "\n"


def _description(material: KitMaterial, shown: ShownScores) -> str:
    """The page for participants: private sets alone rank here, where there are some."""
    return material.page(shown.kind, sets_by_phase(material.challenge)[1], selected=True)


def _notes(material: KitMaterial, shown: ShownScores) -> Sequence[str]:
    challenge = replace(material.challenge, feedback=shown.kind)
    usage = set(usage_of_cases(challenge, material.cases).values())
    lines = [
        _daily(challenge),
        "Set the number of final submissions of a team to 1.",
        "The metric shows one number and no interval: read its interval with spgc score.",
    ]
    if usage == {"Public"}:
        lines.append("No ranked set is private: the public leaderboard is the final one.")
    if usage == {"Private"}:
        lines.append(
            "No case is public, so that the public leaderboard shows 0 for everybody. Should "
            "Kaggle ask for a public case, make a set of a few cases public."
        )
    elif shown.kind == "none":
        lines.append("The metric shows 0 for the public cases, whatever a team sends.")
    if challenge.ranking.rule != "accuracy" and usage == {"Public", "Private"}:
        lines.append(
            "The public leaderboard is by accuracy unless counts of classes are shown: a balanced "
            "accuracy would tell the correct predictions of each class."
        )
    return lines


def _daily(challenge: Challenge) -> str:
    """What to do about the limit of submissions."""
    daily = daily_limit(challenge)
    if daily is None:
        return "Kaggle has no limit for all submissions of a team: set one for a day."
    said = f"Set the daily limit to {daily}: Kaggle has none for all submissions of a team"
    whole, wanted = in_all_by_day(challenge, daily), challenge.limits.submissions
    if whole is None or wanted is None or whole <= wanted:
        return f"{said}."
    return f"{said}, so that {whole} are possible, and the challenge says {wanted}."


def _faults(kit: WrittenKit) -> Iterator[str]:
    """What Kaggle would refuse, or do otherwise than the challenge says."""
    metric = kit.read(METRIC).decode("utf-8", "replace")
    ranked = [case for case in kit.truth if case.split in kit.challenge.ranked]
    yield from solution_faults(kit, SOLUTION, USAGE, _usage_on_disk(kit))
    sample = rows_of(kit, SAMPLE, (CASE_COLUMN, LABEL_COLUMN))
    if isinstance(sample, str):
        yield sample
    elif sorted(row[CASE_COLUMN] for row in sample) != sorted(case.case_id for case in ranked):
        yield f"{SAMPLE} has not each ranked case once, as the solution has"
    yield from metric_faults(metric)
    cells = json.loads(kit.read(NOTEBOOK))["cells"]
    if ["".join(cell["source"]) for cell in cells] != [metric]:
        yield f"{NOTEBOOK} is another program than {METRIC}"


def _usage_on_disk(kit: WrittenKit) -> dict[str, str]:
    """As the kit was made: with what the challenge may show, by the first line of the metric."""
    hidden = '"feedback": "none"' in kit.read(METRIC).decode("utf-8", "replace")
    shown = replace(kit.challenge, feedback="none") if hidden else kit.challenge
    return usage_of_cases(shown, kit.truth)


def metric_faults(program: str) -> Iterator[str]:
    """What Kaggle would refuse of a metric, a sentence each."""
    try:
        tree = ast.parse(program)
    except SyntaxError as error:
        yield f"{METRIC} is no Python: line {error.lineno}"
        return
    named = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    score = named.get("score")
    if score is None:
        yield f"{METRIC} has no function score"
        return
    arguments = score.args.args
    if [one.arg for one in arguments][:3] != ["solution", "submission", "row_id_column_name"]:
        yield "score takes other arguments than solution, submission and row_id_column_name"
    if any(one.annotation is None for one in arguments) or score.returns is None:
        yield "score lacks the type of an argument, or of what it returns"
    if ">>>" not in (ast.get_docstring(score) or ""):
        yield "score has no example, which Kaggle runs"
    if "ParticipantVisibleError" not in classes:
        yield f"{METRIC} has no ParticipantVisibleError, so that participants see no reason"


KAGGLE_KIT = PlatformKit(
    "kaggle",
    TITLE,
    (
        "Create a community competition, and upload the public folder and sample_submission.csv "
        "as its data.",
        f"Upload {SOLUTION} as the solution, with {CASE_COLUMN} as the column of the row ID; it "
        f"says in {USAGE} which cases are public.",
        f"Make a metric from {NOTEBOOK}, or paste {METRIC} into the editor of metrics, and run it "
        "once: its example has to pass.",
        f"Choose that metric, larger is better, and send {SAMPLE} as a participant would.",
    ),
    _shown,
    _files,
    _notes,
    _faults,
    kaggle_trial,
    private_alone=True,
    selected=True,
)
