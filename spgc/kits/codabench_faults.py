"""What Codabench would refuse of a bundle, or do otherwise than it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from spgc.kits.written_kit import WrittenKit
from spgc.text.yaml_reading import read_yaml

_BUNDLE = "bundle.zip"
_RULES = (
    "Add",
    "Add_And_Delete",
    "Add_And_Delete_Multiple",
    "Force_Last",
    "Force_Latest_Multiple",
    "Force_Best",
)
_DATE = re.compile(r"(start|end):\s*\d{4}-\d\d-\d\d")


def codabench_faults(kit: WrittenKit) -> Iterator[str]:
    """What is wrong with the bundle, a sentence each. Raises DataError where it can't be read."""
    names = kit.members(_BUNDLE)
    if "competition.yaml" not in names:
        yield "competition.yaml is not at the root of bundle.zip"
        return
    text = kit.read(f"{_BUNDLE}!/competition.yaml").decode("utf-8", "replace")
    try:
        document = read_yaml(text)
        faults = list(_faults(kit, document, names))
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        yield f"competition.yaml can't be checked: {error}"
        return
    if _DATE.search(text):
        yield "a date in competition.yaml without quotes, of which Codabench drops the time"
    yield from faults


def _faults(kit: WrittenKit, document: Mapping[str, Any], names: list[str]) -> Iterator[str]:
    if document.get("version") != 2:
        yield "version is not 2, so that Codabench reads the bundle as one of version 1"
    for key in ("title", "image", "terms", "pages", "tasks", "phases", "leaderboards"):
        if not document.get(key):
            yield f"competition.yaml lacks {key}"
            return
    pages = [document["terms"], *(page["file"] for page in document["pages"])]
    tasks = document["tasks"]
    data = [
        task[key]
        for task in tasks
        for key in ("scoring_program", "reference_data", "input_data")
        if key in task
    ]
    more = [phase["public_data"] for phase in document["phases"] if "public_data" in phase]
    for name in dict.fromkeys([document["image"], *pages, *data, *more]):
        if name not in names:
            yield f"{name} is not in bundle.zip"
        elif name in pages and not kit.read(f"{_BUNDLE}!/{name}").strip():
            yield f"{name} is empty"
    yield from _tasks(kit, tasks, names)
    yield from _phases(document["phases"], [task.get("index") for task in tasks])
    if len(document["leaderboards"]) != 1:
        yield "several leaderboards, of which Codabench takes the first for all phases"
    yield from _board(document["leaderboards"][0])


def _tasks(kit: WrittenKit, tasks: list[dict[str, Any]], names: list[str]) -> Iterator[str]:
    indexes = [task.get("index") for task in tasks]
    if None in indexes or len(set(indexes)) < len(indexes):
        yield "tasks without an index of their own"
    for task in tasks:
        program = task.get("scoring_program")
        if program not in names:
            yield f"task {task.get('name')} has no scoring program"
            continue
        inside = kit.members(f"{_BUNDLE}!/{program}")
        if "metadata.yaml" not in inside:
            yield f"metadata.yaml is not at the root of {program}"
            continue
        command = read_yaml(kit.read(f"{_BUNDLE}!/{program}!/metadata.yaml").decode())["command"]
        if not command.startswith("python3 /app/program/"):
            yield f"{program} runs another command than python3 /app/program/..."
        elif command.split()[1].rpartition("/")[2] not in inside:
            yield f"{program} lacks the program that its command runs"


def _phases(phases: list[dict[str, Any]], tasks: list[Any]) -> Iterator[str]:
    ordered = sorted(phases, key=lambda phase: phase.get("index", 0))
    for phase in ordered:
        if not phase.get("name") or not phase.get("start") or not phase.get("tasks"):
            yield "a phase without name, start or tasks"
            return
        if not set(phase["tasks"]) <= set(tasks):
            yield f"phase {phase['name']} has a task that there is not"
        if phase.get("end") and _time(phase["end"]) <= _time(phase["start"]):
            yield f"phase {phase['name']} ends before it starts"
        for key in ("max_submissions", "max_submissions_per_day"):
            if type(phase.get(key)) is not int or phase[key] < 1:
                yield f"phase {phase['name']} has no {key}, so that Codabench sets its own"
    for one, other in pairwise(ordered):
        if not one.get("end"):
            yield f"phase {one['name']} has no end, and another one comes after it"
        elif _time(other["start"]) <= _time(one["end"]):
            yield f"phase {other['name']} touches {one['name']}, which Codabench refuses"


def _time(text: Any) -> datetime:
    return datetime.fromisoformat(str(text)).replace(tzinfo=None)


def _board(board: Mapping[str, Any]) -> Iterator[str]:
    if not 0 < len(board.get("title", "")) <= 64 or not 0 < len(board.get("key", "")) <= 36:
        yield "title or key of the leaderboard is missing, or longer than 64 and 36 letters"
    if board.get("submission_rule") not in _RULES:
        yield f"submission_rule is none of {', '.join(_RULES)}"
    columns = board.get("columns") or []
    if not columns:
        yield "the leaderboard has no column"
    for key in ("index", "key"):
        found = [column.get(key) for column in columns]
        if None in found or len(set(found)) < len(found):
            yield f"columns without a {key} of their own"
    for column in columns:
        if max(len(str(column.get("title", ""))), len(str(column.get("key", "")))) > 36:
            yield f"title or key of column {column.get('key')} is longer than 36 letters"
        if column.get("hidden"):
            yield f"column {column.get('key')} is hidden, but its values are not"
