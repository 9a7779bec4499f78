"""The systems of spgc, and the small ones of the tests, keep the contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spgc.systems.conformance import Trial, checks
from spgc.systems.conformance.suite import Check
from spgc.systems.density.system import Density
from tests.systems.small.rounds import Rounds
from tests.systems.small.whole_volume import WholeVolume


@pytest.fixture(scope="module", params=[Density, WholeVolume, Rounds], ids=lambda kind: kind.name)
def trial(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trial]:
    with Trial(request.param, folder=tmp_path_factory.mktemp("conformance")) as trial:
        yield trial


@pytest.mark.parametrize(("name", "check"), checks())
def test_conformance(name: str, check: Check, trial: Trial) -> None:
    check(trial)
