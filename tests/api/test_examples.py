"""The examples in the docstrings of the public names run and give what they say."""

from __future__ import annotations

import doctest
import inspect
import sys

import pytest

import spgc
from spgc.jobs.extras import has

NEEDS = {
    "read_scan": "ct",
    "lung_mask": "ct",
    "open_store": "ct",
    "load_model": "ct",
    "predict": "ct",
    "train": "ct",
}
"""Public functions that a light install refuses, with the extra that brings what they need."""

FUNCTIONS = [
    "compare",
    "disclosure_budget",
    "ladder",
    "leaderboard",
    "load_model",
    "lung_mask",
    "open_store",
    "predict",
    "read_scan",
    "score",
    "submit",
    "train",
    "validate",
]


def run(test: doctest.DocTest) -> doctest.TestResults:
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    said: list[str] = []
    result = runner.run(test, out=said.append)
    assert result.failed == 0, "".join(said)
    return result


def test_every_public_function_is_tried() -> None:
    others = {name for name in spgc.__all__ if name.endswith("Error")} | {"__version__"}
    assert {*FUNCTIONS} | others == {*spgc.__all__}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_of_a_function_runs(name: str) -> None:
    if (extra := NEEDS.get(name)) and not has(extra):
        pytest.skip(f"needs what [{extra}] brings")
    function = getattr(spgc, name)
    module = sys.modules[function.__module__]
    (test,) = doctest.DocTestFinder(recurse=False).find(function, name, module)
    assert run(test).attempted >= 2


def test_the_example_of_the_package_runs() -> None:
    test = doctest.DocTestParser().get_doctest(inspect.getdoc(spgc) or "", {}, "spgc", None, 0)
    assert run(test).attempted == 3
