"""Another training in the same folder never lends its best weights to one that goes on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from spgc.nets.slices.network_training import trained_network
from spgc.nets.training import recorder
from spgc.nets.training.checkpoint import stored_facts
from spgc.systems.cnr_iemn import train_backbones
from spgc.systems.cnr_iemn.slice_task import CnrIemnTask
from tests.nets.training import tiny_training as tiny

T = TypeVar("T")

CONFIG = tiny.CONFIG
"""Three epochs of four steps, of whose evaluations the first is the best."""

OTHER = dataclasses.replace(CONFIG, learning_rate=0.5)

FINAL, BEST = "tiny.safetensors", "tiny.best.safetensors"


class KilledError(Exception):
    pass


def killed_after(steps: int):
    """A progress display that fails after some steps: like a kill, it leaves only what is saved."""

    def track(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        for number, item in enumerate(items):
            if number == steps:
                raise KilledError
            yield item

    return track


@pytest.fixture(autouse=True)
def known_backbones(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.known(monkeypatch)
    monkeypatch.setattr(CnrIemnTask, "better", lambda self, now, best: False)


def stopped_between(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """CONFIG's training stopped in its second epoch; then OTHER's, which got no further than that.

    The second one evaluated once, but was killed before it saved how far it was.
    """
    with patch.context() as soon:
        soon.setattr(recorder, "SAVE_EVERY", 0.0)
        with pytest.raises(KilledError):
            tiny.train(folder, CONFIG, killed_after(7))
    assert stored_facts(folder / BEST)["step"] == "4"
    with pytest.raises(KilledError):
        tiny.train(folder, OTHER, killed_after(6))


def test_an_answer_of_the_best_epoch_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = partial(trained_network, best=True)
    monkeypatch.setattr(train_backbones, "trained_network", best)
    whole = tiny.train(tmp_path / "whole", CONFIG).state_dict()
    assert stored_facts(tmp_path / "whole" / BEST)["step"] == "4"
    stopped_between(tmp_path / "own", monkeypatch)
    found = tiny.train(tmp_path / "own", CONFIG).state_dict()
    assert all(found[name].equal(tensor) for name, tensor in whole.items())
    for name in (FINAL, BEST):
        assert (tmp_path / "own" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_best_weights_beside_the_last_are_of_the_same_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the last epoch answers, training goes on from its last save all the same."""
    tiny.train(tmp_path / "whole", CONFIG)
    stopped_between(tmp_path / "own", monkeypatch)
    steps: list[int] = []

    def counting(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        steps.append(total or 0)
        yield from items

    tiny.train(tmp_path / "own", CONFIG, counting)
    assert steps == [12 - 7]
    assert (tmp_path / "own" / FINAL).read_bytes() == (tmp_path / "whole" / FINAL).read_bytes()
    marks = {stored_facts(tmp_path / "own" / name)["fingerprint"] for name in (FINAL, BEST)}
    assert len(marks) == 1
