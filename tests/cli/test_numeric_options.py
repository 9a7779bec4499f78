"""Every number that a user can give has a range, and is refused before any work outside of it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.models import OptionInfo

import spgc.cli
from spgc import score
from spgc.contract.limits import MAX_SEED
from spgc.errors import UsageError
from spgc.jobs.cores import MOST_PER_CORE, jobs_for, usable_cores
from spgc.systems.registry import system_named
from tests.cli.conftest import Spgc

HUGE = str(10**40)


def integers() -> Iterator[tuple[str, str, OptionInfo]]:
    """Module, parameter and typer's description of each option that is a whole number."""
    for found in pkgutil.iter_modules(spgc.cli.__path__):
        module = importlib.import_module(f"spgc.cli.{found.name}")
        functions = [f for f in vars(module).values() if inspect.isfunction(f)]
        for function in functions:
            if function.__module__ == module.__name__:
                for name, kind, option in _options(function):
                    if "int" in str(kind):
                        yield found.name, name, option


def _options(function: Callable[..., Any]) -> Iterator[tuple[str, Any, OptionInfo]]:
    try:
        hints = inspect.get_annotations(function, eval_str=True)
    except NameError:  # of a type that only type checkers import: no command
        return
    for name, hint in hints.items():
        for described in getattr(hint, "__metadata__", ()):
            if isinstance(described, OptionInfo):
                yield name, typing.get_args(hint)[0], described


def test_every_whole_number_of_a_command_has_a_range() -> None:
    found = list(integers())
    assert len(found) > 20
    without = {(c, p) for c, p, option in found if option.min is None or option.max is None}
    assert without == {
        ("explain_command", "slices"),
        ("view_command", "slices"),
    }  # checked against the scan


@pytest.mark.parametrize(
    "command",
    [
        ["phantom", "out", "--seed"],
        ["demo", "out", "--seed"],
        ["predict", "--jobs"],
        ["preprocess", "--jobs"],
        ["score", "a.csv", "--resamples"],
        ["score", "a.csv", "--dpi"],
        ["bench", "--batch-size"],
        ["explain", "--masks"],
        ["figure", "13", "--examples"],
        ["reproduce", "table1", "--workers"],
        ["train", "--system", "density", "--model", "m", "--seed"],
        ["train", "--system", "cnr-iemn", "--model", "m", "--epochs"],
        ["train", "--system", "cnr-iemn", "--model", "m", "--micro-batch"],
    ],
)
@pytest.mark.parametrize("value", [HUGE, "-2", "nan", "1e9"])
def test_outside_of_it_is_a_wrong_command(spgc: Spgc, command: list[str], value: str) -> None:
    done = spgc(*command, value)
    assert done.code == 2
    assert "Traceback" not in done.err


@pytest.mark.parametrize("system", ["density", "cnr-iemn"])
def test_every_number_of_a_system_has_a_range(system: str) -> None:
    """Refused when the system is made, before a scan is read."""
    kind = system_named(system)
    numbers = {
        n: words for n, words in kind.options().items() if re.search("(whole|a) number", words)
    }
    assert len(numbers) > 1
    for name, words in numbers.items():
        values = ["-1000001", HUGE, "nan", "inf", "9" * 5000]
        count = words.split(";")[0].count(",") + 1 if "any number" not in words else 1
        for value in values:
            with pytest.raises(UsageError):
                kind.create({name: ",".join([value] * count)})


def test_from_python_as_well() -> None:
    for numbers in ({"seed": MAX_SEED + 1}, {"resamples": 10**40}):
        with pytest.raises(UsageError, match="no number that can be used"):
            score({"T2-001": "CAP"}, **numbers)


def test_more_processes_than_cores_can_use_are_not_started() -> None:
    assert jobs_for(100_000) == MOST_PER_CORE * usable_cores()
