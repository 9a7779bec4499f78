"""The examples in the docstrings of the public names run and give what they say."""

from __future__ import annotations

import doctest
import inspect
import sys

import pytest

import spgc
from spgc.jobs.extras import has

NEEDS = {
    "check_data": "ct",
    "check_store": "ct",
    "explain_scan": "ct",
    "importance": "ct",
    "index_data": "ct",
    "load_model": "ct",
    "lung_mask": "ct",
    "open_store": "ct",
    "phantom": "ct",
    "predict": "ct",
    "preprocess": "ct",
    "quantise": "ct",
    "read_scan": "ct",
    "regress": "train",
    "train": "ct",
    "update_baseline": "train",
    "view": "ct",
}
"""Public functions that a light install refuses, with the extra that brings what they need."""

FUNCTIONS = [
    "agreement",
    "audit_board",
    "challenge_page",
    "check_challenge",
    "check_data",
    "check_kit",
    "check_store",
    "cite",
    "compare",
    "data_info",
    "describe_system",
    "disclosure_budget",
    "example",
    "explain_scan",
    "importance",
    "index_data",
    "ladder",
    "leaderboard",
    "list_systems",
    "load_model",
    "lung_mask",
    "make_challenge",
    "make_kit",
    "merge",
    "open_store",
    "phantom",
    "predict",
    "preprocess",
    "quantise",
    "rank_teams",
    "read_scan",
    "regress",
    "score",
    "submit",
    "train",
    "update_baseline",
    "validate",
    "view",
    "write_report",
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
