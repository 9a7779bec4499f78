"""Commands stay thin: parse, call one thing of the library, show what came out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import spgc.cli

FILES = sorted(Path(spgc.cli.__path__[0]).glob("*.py"))
MOST = 40


def sizes(text: str) -> Iterator[tuple[str, int]]:
    """Each function's name and the lines of its body, without the docstring."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            end = body[-1].end_lineno or 0 if body else 0
            yield node.name, end - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_function_of_the_command_line_is_long(path: Path) -> None:
    long = {name: size for name, size in sizes(path.read_text("utf-8")) if size > MOST}
    assert long == {}


def test_docstrings_are_not_counted() -> None:
    assert dict(sizes('def f():\n    """A\n\n    B."""\n    x = 1\n    return x\n')) == {"f": 2}
    assert dict(sizes("def f():\n    return (\n        1,\n    )\n")) == {"f": 3}
    assert dict(sizes('def f():\n    """Nothing else."""\n')) == {"f": 0}
