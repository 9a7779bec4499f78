"""What authors of systems import, and that the documentation lists it."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import spgc.contract
from spgc.contract import abilities, slices
from spgc.systems.conformance import checks

DOCS = (Path(__file__).parents[2] / "docs" / "own-system.md").read_text(encoding="utf-8")


def test_every_listed_name_is_there() -> None:
    assert all(hasattr(spgc.contract, name) for name in spgc.contract.__all__)
    assert {"System", "Scan", "LabelledScan", "Prediction", "RunSettings"} <= set(
        spgc.contract.__all__
    )


def test_the_documentation_lists_every_ability() -> None:
    protocols = {
        name
        for module in (abilities, slices)
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__ and getattr(kind, "_is_runtime_protocol", False)
    }
    assert "Quantisable" in protocols
    assert set(re.findall(r"^\| `([A-Z]\w+)` \|", DOCS, re.MULTILINE)) == protocols


def test_the_documentation_lists_every_check() -> None:
    table = DOCS.partition("| check | what it holds |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert re.findall("`([^`]+)`", "".join(cells)) == [name for name, _ in checks()]
