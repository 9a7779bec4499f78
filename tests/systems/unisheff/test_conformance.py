"""UniSheff keeps the contract, with masks inside and without; a network of few channels."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("torch")

from spgc.nets.volumes import resnet3d
from spgc.systems.conformance import Trial, checks
from spgc.systems.conformance.suite import Check
from spgc.systems.unisheff.system import UniSheff
from tests.one_thread import one_thread

__all__ = ["one_thread"]

OPTIONS = {"preset": "demo", "size": "33", "epochs": "2", "copies": "1,0,1"}


@pytest.fixture(scope="module")
def trial(one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    folder = tmp_path_factory.mktemp("conformance")
    with pytest.MonkeyPatch.context() as patch, Trial(UniSheff, OPTIONS, folder=folder) as trial:
        patch.setattr(resnet3d, "WIDTHS", (4, 4, 8, 8))
        yield trial


@pytest.mark.parametrize(("name", "check"), checks())
def test_conformance(name: str, check: Check, trial: Trial) -> None:
    check(trial)
