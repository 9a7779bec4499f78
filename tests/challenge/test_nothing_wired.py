"""Classes and sets reach validating, scoring, boards and the gate from a challenge alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import spgc
from spgc.challenge.spgc_challenge import SPGC

ROOT = Path(spgc.__path__[0])

CT_SIDE = {
    "api": ("data_folders", "explanations", "runs_of_models"),
    "cli": (
        *("data_command", "demo_command", "explain_command", "importance_command"),
        *("phantom_command", "predict_command", "run_output", "train_command", "view_command"),
    ),
    "gate": ("frozen", "full", "models", "reading", "refitting", "speed"),
    "kits": ("predicted_classes",),
    "report": (
        *(
            "contact_sheets",
            "explained_case",
            "explained_parts",
            "explained_tables",
            "heat_maps",
            "heat_panels",
            "importance_figure",
            "importance_table",
        ),
        *("page/profile", "page/run_blocks", "run_documents", "run_parts", "volume_maps"),
    ),
}
WIRED_FOR_CT = frozenset(f"{room}/{name}.py" for room, names in CT_SIDE.items() for name in names)
"""What reads scans, trains and explains: the CT side, which keeps its protocol."""

ROOMS = (
    *("text", "submissions", "scoring", "disclosure", "board", "organising"),
    *("gate", "report", "api", "cli", "kits", "serving"),
)

FILES = [
    path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if path.relative_to(ROOT).as_posix() not in WIRED_FOR_CT
]

HELP = {
    "cli/app.py": {"covid-19", "cap", "normal"},  # what the whole tool is for
    "cli/regress_command.py": {"val"},  # of --model, which reads scans
    "api/gate_verdicts.py": {"val"},
    "gate/regression_run.py": {"val"},
}
"""Words that stand for the CT side in a file that serves both."""


def words() -> set[str]:
    """Every name and spelling of SPGC's classes and sets that is no word of English as well."""
    named = {word for one in SPGC.classes for word in (*one.words, one.column, *one.elsewhere)}
    sets = {word for s in SPGC.sets.values() for word in (s.name, *s.aliases)}
    return (named | sets | set(SPGC.pools)) - {
        "overall",
        "train",
        "training",
        "valid",
        "validation",
    }


def strings(tree: ast.Module) -> Iterator[str]:
    """Every text of a module but its docstrings."""
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            told.add(id(node.value))  # below a constant
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_class_or_set_of_spgc_is_imported_or_named(path: Path) -> None:
    """The default challenge comes through `challenge_given` alone, where none is named."""
    tree = ast.parse(path.read_text("utf-8"))
    wired = [name for name in imports(tree) if re.match(r"spgc\.protocol|.*\.SPGC$", name)]
    assert wired == []
    allowed = HELP.get(path.relative_to(ROOT).as_posix(), set())
    known = words() - allowed
    named = [
        text
        for text in strings(tree)
        if text.lower() in known or (set(re.findall(r"[\w-]+", text.lower())) & known)
    ]
    assert named == []


def test_templates_name_none_either() -> None:
    for path in sorted(ROOT.rglob("*.j2")):
        found = set(re.findall(r"[\w-]+", path.read_text("utf-8").lower())) & words()
        assert found == set(), path.name


def test_the_words_are_those_that_would_be_wired() -> None:
    assert {"covid-19", "cap", "normal", "p_cap", "test1", "low-dose", "val"} <= words()
    tree = ast.parse('"""test1"""\nA = "CAP"\n"""of A: cap"""\ndef f():\n    """val"""\n')
    assert list(strings(tree)) == ["CAP"]


def test_what_is_left_out_is_there() -> None:
    assert [name for name in WIRED_FOR_CT if not (ROOT / name).is_file()] == []
