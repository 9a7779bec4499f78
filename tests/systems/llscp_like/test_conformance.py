"""LLSCP-like keeps the contract, with narrow networks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("torch")

from spgc.nets.volumes import resnet3d
from spgc.systems.conformance import Trial, checks
from spgc.systems.conformance.suite import Check
from spgc.systems.llscp_like.system import LlscpLike
from tests.one_thread import one_thread

__all__ = ["one_thread"]

OPTIONS = {
    "preset": "demo",
    "size": "16,33,33",
    "members": "2",
    "epochs": "1",
    "pair_epochs": "1",
    "batch_size": "3",
}


@pytest.fixture(scope="module")
def trial(one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    folder = tmp_path_factory.mktemp("conformance")
    with pytest.MonkeyPatch.context() as patch, Trial(LlscpLike, OPTIONS, folder=folder) as trial:
        patch.setattr(resnet3d, "WIDTHS", (4, 4, 8, 8))
        yield trial


@pytest.mark.parametrize(("name", "check"), checks())
def test_conformance(name: str, check: Check, trial: Trial) -> None:
    check(trial)
