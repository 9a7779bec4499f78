"""Extras: what each brings is what pyproject.toml says, and a missing one is named."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from spgc.errors import MissingExtraError
from spgc.jobs import extras
from spgc.jobs.extras import BROUGHT, INCLUDED, NOT_IN_ALL, explained, has, need

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
NEVER_IMPORTED = {"python-gdcm"}  # pydicom finds it by itself


def names(requirements: list[str]) -> set[str]:
    """Distributions of a list of requirements, spgc's own extras left out."""
    found = {re.split(r"[<>=\[; ]", requirement)[0] for requirement in requirements}
    return found - {"spgc"}


@pytest.mark.parametrize("extra", BROUGHT)
def test_an_extra_brings_what_the_project_file_says(extra: str) -> None:
    known = {name.lower() for name in names(PROJECT["optional-dependencies"][extra])}
    modules = packages_distributions()
    absent = [module for module in BROUGHT[extra] if module not in modules]
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}")
    brought = {modules[module][0].lower() for module in BROUGHT[extra]}
    assert brought == known - NEVER_IMPORTED


def test_extras_within_extras_are_those_of_the_project_file() -> None:
    written = {
        name: tuple(re.findall(r"spgc\[(\w+)\]", " ".join(requirements)))
        for name, requirements in PROJECT["optional-dependencies"].items()
        if name in BROUGHT
    }
    assert {name: found for name, found in written.items() if found} == dict(INCLUDED)


def test_all_is_all_but_what_is_named() -> None:
    (line,) = PROJECT["optional-dependencies"]["all"]
    told = set(line.removeprefix("spgc[").removesuffix("]").split(","))
    told |= {part for name in told for part in INCLUDED.get(name, ())}
    assert told == set(BROUGHT) - set(NOT_IN_ALL)


def without(monkeypatch: pytest.MonkeyPatch, *gone: str) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name in gone else object())


def test_the_error_names_package_and_command(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "zarr", "torch")
    with pytest.raises(MissingExtraError) as raised:
        need("ct", "report")
    line = "package not installed: found zarr. Do: pip install 'spgc[ct,report]'"
    assert str(raised.value) == line
    assert raised.value.exit_code == 1
    with pytest.raises(MissingExtraError, match=r"zarr.*spgc\[train\]"):
        need("ct", install="train")
    with pytest.raises(MissingExtraError, match="zarr"):
        need("train")  # which brings ct
    need("report")
    assert has("report")
    assert not has("train")


def test_an_import_that_failed_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "torch", "unheard_of")
    lost = explained(ModuleNotFoundError("no", name="torch.nn"))
    assert str(lost) == "package not installed: found torch. Do: pip install 'spgc[train]'"
    assert explained(ModuleNotFoundError("no", name="unheard_of")) is None
    assert explained(ModuleNotFoundError("no", name="pydicom.gone")) is None  # is there, but old
    assert explained(ImportError("no such name", name="torch")) is None


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("spgc.ct.read_scan", "ct"),
        ("spgc.data.layout", "ct"),
        ("spgc.phantoms.cohort", "ct"),
        ("spgc.nets.training.loop", "train"),
        ("spgc.gate.fast", "train"),
        ("spgc.bench.measure", "train"),
    ],
)
def test_in_python_the_error_is_of_our_tree(module: str, extra: str) -> None:
    present = {"ct": "", "train": "ct"}[extra]
    code = (
        "from tests.without_extras import absent, hide\n"
        f"hide(absent({{*{present.split()!r}}}))\n"
        "from spgc.errors import MissingExtraError\n"
        "import spgc, spgc.contract; spgc.score\n"
        f"try:\n    import {module}\nexcept MissingExtraError as error:\n    print(error.do)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"pip install 'spgc[{extra}]'\n"
