"""Astra keeps the contract, with a tiny random encoder in the place of the published one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("torch")

from spgc.systems.astra.system import Astra
from spgc.systems.conformance import Trial, checks
from spgc.systems.conformance.suite import Check
from tests.one_thread import one_thread

__all__ = ["one_thread"]

OPTIONS = {"encoder": "random", "grid": "32,32,32", "components": "4"}


@pytest.fixture(scope="module")
def trial(one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with Trial(Astra, OPTIONS, folder=tmp_path_factory.mktemp("conformance")) as trial:
        yield trial


@pytest.mark.parametrize(("name", "check"), checks())
def test_conformance(name: str, check: Check, trial: Trial) -> None:
    check(trial)
