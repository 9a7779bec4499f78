"""Bingo-like keeps the contract with either kind of learner, and a small network as backbone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("torch")

from spgc.systems.bingo_like.system import BingoLike
from spgc.systems.conformance import Trial, checks
from spgc.systems.conformance.suite import Check
from tests.nets.slices import tiny_stages
from tests.one_thread import one_thread

__all__ = ["one_thread"]

OPTIONS = {
    "preset": "demo",
    "image_size": "32",
    "epochs": "1",
    "batch_size": "8",
    "lung_area": "1000",
    "trees": "3",
    "learning_rate": "0.01",
}


@pytest.fixture(scope="module", params=["network", "tree"])
def trial(
    one_thread: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trial]:
    options = OPTIONS | {"learner": request.param}
    folder = tmp_path_factory.mktemp("conformance")
    with (
        pytest.MonkeyPatch.context() as patch,
        Trial(BingoLike, options, folder=folder) as trial,
    ):
        tiny_stages.in_the_place_of("resnet18", patch)
        yield trial


@pytest.mark.parametrize(("name", "check"), checks())
def test_conformance(name: str, check: Check, trial: Trial) -> None:
    check(trial)
