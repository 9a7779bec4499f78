"""The public Python names are those that the documents list, and each is there and described."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import spgc

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


@pytest.mark.parametrize("name", [*listed("public name"), *listed("import")])
def test_a_listed_name_is_there_and_described(name: str) -> None:
    found = thing(name)
    described = found if isinstance(found, str) else inspect.getdoc(found)
    assert described
    assert isinstance(found, str) or described.partition("\n")[0].endswith((".", ":")), described


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="module 'spgc' has no attribute 'scores'"):
        spgc.scores  # noqa: B018  asking is what is tested


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_imports_is_there(path: Path) -> None:
    for name in imported(path.read_text("utf-8")):
        assert thing(name) is not None


def test_some_documents_import() -> None:
    found = {path.name for path in DOCUMENTS if list(imported(path.read_text("utf-8")))}
    assert {"explain.md", "performance.md", "systems.md"} <= found
