"""Winter keeps the contract, with a small network in the place of a backbone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("torch")

from spgc.nets.slices import backbones
from spgc.nets.slices.backbones import Backbone
from spgc.systems.conformance import Trial, checks
from spgc.systems.conformance.suite import Check
from spgc.systems.winter.system import Winter
from tests.nets.training.tiny_training import TinyNet
from tests.one_thread import one_thread

__all__ = ["one_thread"]

OPTIONS = {
    "preset": "demo",
    "backbone": "resnet18",
    "image_size": "32",
    "epochs": "2",
    "batch_size": "8",
}


@pytest.fixture(scope="module")
def trial(one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    small = Backbone(TinyNet, None, "fc")
    folder = tmp_path_factory.mktemp("conformance")
    with pytest.MonkeyPatch.context() as patch, Trial(Winter, OPTIONS, folder=folder) as trial:
        patch.setattr(backbones, "SPECS", {**backbones.SPECS, "resnet18": small})
        yield trial


@pytest.mark.parametrize(("name", "check"), checks())
def test_conformance(name: str, check: Check, trial: Trial) -> None:
    check(trial)
