"""TheSaviours keep the contract, with small networks in the place of the backbones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("torch")

from spgc.systems.conformance import Trial, checks
from spgc.systems.conformance.suite import Check
from spgc.systems.thesaviours.system import TheSaviours
from tests.one_thread import one_thread
from tests.systems.thesaviours import tiny

__all__ = ["one_thread"]


@pytest.fixture(scope="module")
def trial(one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with (
        pytest.MonkeyPatch.context() as patch,
        Trial(TheSaviours, tiny.OPTIONS, folder=tmp_path_factory.mktemp("conformance")) as trial,
    ):
        tiny.small(patch)
        yield trial


@pytest.mark.parametrize(("name", "check"), checks())
def test_conformance(name: str, check: Check, trial: Trial) -> None:
    check(trial)
