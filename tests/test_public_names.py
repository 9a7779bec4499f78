"""The public Python names are those that the documents list, and each is there and described."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import spgc
from tests.test_documents import ROOT_COMMAND

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGE = (ROOT / "docs" / "python.md").read_text("utf-8")


def listed(heading: str) -> list[str]:
    """The names in the first column of the table that has this heading."""
    table = PAGE.split(f"| {heading} |")[1].split("\n\n")[0]
    return re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE)


def imported(text: str) -> Iterator[str]:
    """What the Python in a document imports from spgc, with its full name."""
    for line in re.findall(r"^ *(from spgc(?:\.[\w.]+)? import .+)$", text, re.MULTILINE):
        (node,) = ast.parse(line.strip()).body
        assert isinstance(node, ast.ImportFrom)
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def thing(name: str) -> Any:
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(module), last)


def test_the_page_lists_the_public_names() -> None:
    assert sorted(listed("public name")) == sorted(f"spgc.{name}" for name in spgc.__all__)


def test_the_reference_has_each_of_them_once() -> None:
    """The page of the site that is made of the docstrings."""
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    found = re.findall(r"^\.\. auto(?:function|exception):: (\w+)$", text, re.MULTILINE)
    assert sorted(found) == sorted({*spgc.__all__} - {"__version__"})


def leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[str]:
    """The commands that do something, as one types them after `spgc`."""
    below = getattr(command, "commands", {})
    if not below or getattr(command, "invoke_without_command", False):
        yield " ".join(words)
    for name, one in below.items():
        yield from leaves(one, (*words, name))


def test_each_command_has_a_call_or_a_reason() -> None:
    """Once, in the table of commands; what it names as a call is public."""
    table = PAGE.split("| command | call |")[1].split("\n\n")[0]
    rows = [row.strip("| ").split(" | ") for row in table.splitlines()[2:]]
    listed_commands = [name for left, _ in rows for name in re.findall("`([^`]+)`", left)]
    assert sorted(listed_commands) == sorted(filter(None, leaves(ROOT_COMMAND)))
    called = {name for _, right in rows for name in re.findall(r"`spgc\.(\w+)`", right)}
    assert called <= {*spgc.__all__}
    assert all("`spgc." in right or right.startswith("none: ") for _, right in rows)
    rest = {name for name in spgc.__all__ if name[0].islower()} - called
    assert rest == {"ladder", "load_model", "lung_mask", "open_store", "read_scan"}


def test_no_public_name_is_that_of_a_room() -> None:
    """Once a room is imported its module stands where a function of the same name would."""
    rooms = {path.stem for path in Path(spgc.__path__[0]).iterdir()}
    assert rooms.isdisjoint(spgc.__all__)


@pytest.mark.parametrize("name", [*listed("public name"), *listed("import")])
def test_a_listed_name_is_there_and_described(name: str) -> None:
    found = thing(name)
    described = found if isinstance(found, str) else inspect.getdoc(found)
    assert described
    assert isinstance(found, str) or described.partition("\n")[0].endswith((".", ":")), described


def test_tab_offers_all_of_them_before_any_is_loaded() -> None:
    """In a process of its own, which imports the package alone; that loads no library."""
    code = (
        "import sys, spgc\n"
        "print(*dir(spgc))\n"
        "print(*{name.partition('.')[0] for name in sys.modules} & "
        "{'numpy', 'rich', 'typer', 'torch', 'pydicom', 'matplotlib', 'pandas'})\n"
        "print(*(name for name in sys.modules if name.startswith('spgc.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    offered, loaded, own = done.stdout.splitlines()
    assert offered.split() == sorted(spgc.__all__)
    assert (loaded, own) == ("", "")


def test_scoring_loads_what_shows_a_result_only_when_it_is_shown() -> None:
    code = (
        "import sys, spgc\n"
        "result = spgc.score({'P1': 'cap'}, {'P1': 'cap'}, resamples=100)\n"
        "before = {'rich', 'jinja2', 'typer', 'pandas', 'matplotlib', 'torch'} & {*sys.modules}\n"
        "str(result)\n"
        "print(before, 'rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["set()", "True"]


def test_each_name_is_that_of_its_home() -> None:
    """For type checkers the imports stand in the module; they are the same."""
    homes = {name: module for module, names in spgc._HOMES.items() for name in names}
    assert sorted(homes) == sorted(spgc.__all__)
    tree = ast.parse(Path(spgc.__file__).read_text("utf-8"))
    typed = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("spgc.")
        for alias in node.names
    }
    assert typed == homes


@pytest.mark.parametrize("name", [name for name in spgc.__all__ if name[0].islower()])
def test_a_public_function_is_typed(name: str) -> None:
    """Each argument and the result, and no argument goes unmentioned in the docstring."""
    function = thing(f"spgc.{name}")
    signature = inspect.signature(function)
    assert signature.return_annotation is not inspect.Signature.empty
    documented = inspect.getdoc(function) or ""
    for argument in signature.parameters.values():
        assert argument.annotation is not inspect.Parameter.empty, argument
        assert argument.name in documented, argument


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="module 'spgc' has no attribute 'scores'"):
        spgc.scores  # noqa: B018  asking is what is tested


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_imports_is_there(path: Path) -> None:
    for name in imported(path.read_text("utf-8")):
        assert thing(name) is not None


def test_some_documents_import() -> None:
    found = {path.name for path in DOCUMENTS if list(imported(path.read_text("utf-8")))}
    assert {"explain.md", "performance.md", "own-system.md"} <= found
