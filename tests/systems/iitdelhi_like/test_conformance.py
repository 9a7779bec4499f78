"""IITDelhi-like keeps the contract, with a small network in the place of its backbone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("torch")

from spgc.classifiers.random_forest import FOREST_SETTINGS
from spgc.systems.conformance import Trial, checks
from spgc.systems.conformance.suite import Check
from spgc.systems.iitdelhi_like.system import IitDelhiLike
from tests.nets.slices import tiny_stages
from tests.one_thread import one_thread

__all__ = ["one_thread"]

OPTIONS = {
    "preset": "demo",
    "image_size": "32",
    "epochs": "1",
    "batch_size": "8",
    "scale_features": "4",
    "folds": "2",
    "lung_method": "watershed-two-regions",
}


@pytest.fixture(scope="module")
def trial(one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with (
        pytest.MonkeyPatch.context() as patch,
        Trial(IitDelhiLike, OPTIONS, folder=tmp_path_factory.mktemp("conformance")) as trial,
    ):
        tiny_stages.in_the_place_of("resnet18", patch)
        patch.setitem(FOREST_SETTINGS, "n_estimators", 5)
        yield trial


@pytest.mark.parametrize(("name", "check"), checks())
def test_conformance(name: str, check: Check, trial: Trial) -> None:
    check(trial)
