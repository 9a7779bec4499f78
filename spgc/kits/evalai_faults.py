"""What EvalAI would refuse of a challenge, or do otherwise than it says."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from spgc.kits.evalai_boards import evalai_boards, leaderboards
from spgc.kits.evalai_config import CONFIG, MOST_TITLE, PAGES
from spgc.kits.written_kit import WrittenKit
from spgc.text.yaml_reading import read_yaml

BUNDLE = "challenge.zip"

_SPLIT_KEYS = (
    "challenge_phase_id",
    "leaderboard_id",
    "dataset_split_id",
    "visibility",
    "leaderboard_decimal_precision",
    "is_leaderboard_order_descending",
)
_DOMAINS = ("CV", "NLP", "RL", "MM", "AUD", "TAB")


def evalai_faults(kit: WrittenKit) -> Iterator[str]:
    """What is wrong with the zip, a sentence each. Raises DataError where it can't be read."""
    names = kit.members(BUNDLE)
    if CONFIG not in names:
        yield f"{CONFIG} is not at the root of {BUNDLE}"
        return
    try:
        document = read_yaml(kit.read(f"{BUNDLE}!/{CONFIG}").decode("utf-8"))
        yield from list(_faults(kit, document, names))
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        yield f"{CONFIG} can't be checked: {error}"


def _faults(kit: WrittenKit, document: Mapping[str, Any], names: list[str]) -> Iterator[str]:
    lists = ("leaderboard", "challenge_phases", "dataset_splits", "challenge_phase_splits")
    for key in ("title", *PAGES, "evaluation_script", *lists):
        if not document.get(key):
            yield f"{CONFIG} lacks {key}"
            return
    if len(document["title"]) > MOST_TITLE:
        yield f"the title is longer than {MOST_TITLE} letters"
    if document.get("domain") not in (None, *_DOMAINS):
        yield f"domain is none of {', '.join(_DOMAINS)}"
    if len(document.get("tags") or ()) > 4:
        yield "more than 4 tags"
    phases = document["challenge_phases"]
    pages = [document[key] for key in PAGES] + [phase.get("description") for phase in phases]
    for name in [*pages, *(phase.get("test_annotation_file") for phase in phases)]:
        if name not in names:
            yield f"{name} is not in {BUNDLE}"
        elif name in pages and not name.endswith(".html"):
            yield f"{name} is no .html"
    for one in [document, *phases]:
        if not one.get("start_date") or not one.get("end_date"):
            yield "a phase or the challenge without start_date and end_date"
        elif _time(one["end_date"]) < _time(one["start_date"]):
            yield "a phase or the challenge ends before it starts"
    yield from _script(kit, document["evaluation_script"], names)
    yield from _boards(document)
    yield from _same_names(kit, document)


def _time(text: Any) -> datetime:
    return datetime.fromisoformat(str(text)).replace(tzinfo=None)


def _script(kit: WrittenKit, script: str, names: list[str]) -> Iterator[str]:
    if script not in names or not script.endswith(".zip"):
        yield f"evaluation_script is no zip in {BUNDLE}"
        return
    inside = kit.members(f"{BUNDLE}!/{script}")
    for name in ("__init__.py", "main.py"):
        if name not in inside:
            yield f"{name} is not at the root of {script}"
            return
    if b"import evaluate" not in kit.read(f"{BUNDLE}!/{script}!/__init__.py"):
        yield "__init__.py does not import evaluate, which EvalAI looks for there"
    program = kit.read(f"{BUNDLE}!/{script}!/main.py").decode("utf-8", "replace")
    try:
        tree = ast.parse(program, feature_version=(3, 7))
    except SyntaxError as error:
        yield f"main.py is no Python for 3.7: line {error.lineno}"
        return
    if "evaluate" not in [n.name for n in tree.body if isinstance(n, ast.FunctionDef)]:
        yield "main.py has no function evaluate"


def _boards(document: Mapping[str, Any]) -> Iterator[str]:
    for one in document["leaderboard"]:
        schema = one["schema"]
        if schema["default_order_by"] not in schema["labels"]:
            yield "default_order_by is none of the labels"
        for label, said in (schema.get("metadata") or {}).items():
            if said.get("sort_ascending") is not False:
                yield f"{label} has metadata without sort_ascending: false: the smallest come first"
    for key in ("dataset_splits", "challenge_phases"):
        codenames = [one.get("codename") for one in document[key]]
        if None in codenames or len(set(codenames)) < len(codenames):
            yield f"{key} without a codename of their own"
    known = {
        "challenge_phase_id": [one["id"] for one in document["challenge_phases"]],
        "leaderboard_id": [one["id"] for one in document["leaderboard"]],
        "dataset_split_id": [one["id"] for one in document["dataset_splits"]],
    }
    for one in document["challenge_phase_splits"]:
        if lacking := [key for key in _SPLIT_KEYS if key not in one]:
            yield f"a challenge_phase_split lacks {', '.join(lacking)}"
        elif any(one[key] not in ids for key, ids in known.items()):
            yield "a challenge_phase_split has an id that there is not"


def _same_names(kit: WrittenKit, document: Mapping[str, Any]) -> Iterator[str]:
    """Names of boards and labels that the evaluation doesn't return, or that nobody may see."""
    codenames = [one["codename"] for one in document["dataset_splits"]]
    boards = {board.codename: board for board in evalai_boards(kit.challenge)}
    if codenames != list(boards):
        yield "dataset_splits are not the boards of the evaluation"
        return
    public = {one.name for one in kit.challenge.sets.values() if one.public}
    by_id = {one["id"]: one["codename"] for one in document["dataset_splits"]}
    for one in document["challenge_phase_splits"]:
        board = boards.get(by_id.get(one["dataset_split_id"], ""))
        if board and one["visibility"] != 1 and not set(board.sets) <= public:
            yield f"board {board.codename} is shown, and not all of its sets are public"
    columns = [one["schema"]["labels"] for one in document["leaderboard"]]
    if columns[0] != leaderboards(kit.challenge)[1]:
        yield "labels of the first leaderboard are not those of the evaluation"
