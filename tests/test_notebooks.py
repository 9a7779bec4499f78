"""The notebooks of the documents run from top to bottom, and lie there without outputs.

Cells run in a process of their own, as a kernel would run them, and what stands last in a cell is
shown as a notebook shows it. No Jupyter is needed for that, which would bring some forty packages:
so cells are plain Python, without a kernel's own commands.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from spgc.jobs.extras import has

FOLDER = Path(__file__).parents[1] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

RUNNER = """
import ast, builtins, json, sys
class ZMQInteractiveShell: pass
builtins.get_ipython = ZMQInteractiveShell  # by which libraries know that they are in a notebook
cells = json.load(sys.stdin)
space = {"__name__": "__main__"}
for number, text in enumerate(cells):
    tree = ast.parse(text)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, f"<cell {number}>", "exec"), space)
    if last is not None:
        shown = eval(compile(ast.Expression(last.value), f"<cell {number}>", "eval"), space)
        for form in ("_repr_html_", "_repr_png_"):
            if hasattr(type(shown), form):
                print(f"{form} {len(getattr(shown, form)())}")
        repr(shown)
print("whole")
"""


PRINTED = {"score-and-compare": "|n:30|", "from-ct-to-answer": "6 scans: "}
"""What each prints of a result."""


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    return found


def code(path: Path) -> list[str]:
    """The code cells that can run here: some name a package that they need."""
    return [
        "".join(cell["source"])
        for cell in cells(path)
        if cell["cell_type"] == "code"
        and all(
            find_spec(tag.removeprefix("needs-")) is not None
            for tag in cell["metadata"].get("tags", ())
        )
    ]


def test_there_are_two() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["from-ct-to-answer", "score-and-compare"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_whole_and_without_outputs(path: Path) -> None:
    document = json.loads(path.read_text("utf-8"))
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    names = [cell["id"] for cell in document["cells"]]
    assert len(set(names)) == len(names)
    for cell in document["cells"]:
        assert cell["cell_type"] in ("code", "markdown")
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
            assert ast.parse("".join(cell["source"])).body, "plain Python"
    assert "not for diagnosis" in "".join(document["cells"][0]["source"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path) -> None:
    if path.stem == "from-ct-to-answer" and not has("ct"):
        pytest.skip("needs what [ct] brings")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUNNER],
        input=json.dumps(code(path)),
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("whole\n")
    assert done.stdout.count("_repr_html_") >= 2
    assert PRINTED[path.stem] in done.stdout
    assert list(tmp_path.iterdir()) == [], "a notebook leaves nothing where it was started"
