"""Progress of a training that another spgc or a stranger saved is one error, digest made to fit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from spgc.errors import DataError, ModelError
from spgc.nets.training import checkpoint, recorder
from spgc.nets.training.start import best_file, best_is_of, draft_file
from tests.nets.training import tiny_training
from tests.nets.training.tiny_training import NAME

Tensors, Facts = dict[str, Tensor], dict[str, Any]


class StoppedError(Exception):
    """The training was ended in the middle."""


def two_steps(items: Iterable[Any], label: str, total: int | None = None) -> Iterator[Any]:
    for number, item in enumerate(items):
        if number == 2:
            raise StoppedError
        yield item


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training that was ended after two steps."""
    folder = tmp_path_factory.mktemp("begun") / "model"
    with pytest.MonkeyPatch.context() as patch:
        tiny_training.known(patch)
        patch.setattr(recorder, "SAVE_EVERY", 0.0)
        with pytest.raises(StoppedError):
            tiny_training.train(folder, track=two_steps, evaluate_every=1)
    return folder


def rewritten(path: Path, change: Callable[[Tensors, Facts], object]) -> None:
    """The file with other content, and the digest that goes with it."""
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        facts = json.loads(file.metadata()["spgc-checked"])
    facts.pop("digest")
    change(tensors, facts)
    facts["digest"] = checkpoint._digest(tensors, facts)
    save_file(tensors, path, {"spgc-checked": json.dumps(facts)})


def number(name: str, value: object) -> Callable[[Tensors, Facts], object]:
    return lambda _, facts: facts["state"].update({name: value})


def fact(name: str, value: object) -> Callable[[Tensors, Facts], object]:
    return lambda _, facts: facts.update({name: value})


def tensor(name: str, value: Tensor) -> Callable[[Tensors, Facts], object]:
    return lambda tensors, _: tensors.update({name: value})


def without(name: str) -> Callable[[Tensors, Facts], object]:
    return lambda tensors, _: tensors.pop(name)


STRANGE = {
    "a number of a newer spgc": number("temperature", 1.0),
    "no number": number("step", "2"),
    "a step that is no step": number("step", -1),
    "steps that were never to be taken": number("step", 10**30),
    "an evaluation to come": number("evaluated", 3),
    "no time": number("seconds", None),
    "an endless time": number("waited", float("inf")),
    "a best evaluation of something else": number("best", {"dice": 1}),
    "a best evaluation in words": number("best", {"hits": "many", "items": 3}),
    "no state": fact("state", [1]),
    "no least": fact("least", [1]),
    "no moments": fact("optimiser", True),
    "moments of no parameter": fact("optimiser", {"99": {"step": 1}}),
    "a moment too few": without("optimiser.1.exp_avg"),
    "a moment of another shape": tensor("optimiser.1.exp_avg", torch.zeros(3)),
    "steps of a parameter": tensor("optimiser.1.step", torch.zeros(2)),
    "a weight too few": without("model.class_head.bias"),
    "a weight of another shape": tensor("model.class_head.bias", torch.zeros(9)),
    "no sums": without("sums.epoch"),
    "sums of another task": tensor("sums.epoch", torch.zeros(2, dtype=torch.float64)),
    "sums that are no numbers": tensor(
        "sums.recent", torch.full((5,), float("nan"), dtype=torch.float64)
    ),
}


@pytest.mark.parametrize("change", STRANGE.values(), ids=STRANGE.keys())
def test_progress_of_strangers_is_one_error(
    change: Callable[[Tensors, Facts], object],
    begun: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was a traceback of Python's or torch's own, some of them steps later."""
    tiny_training.known(monkeypatch)
    folder = shutil.copytree(begun, tmp_path / "model")
    rewritten(draft_file(folder, NAME), change)
    with pytest.raises(ModelError, match="training can't go on from what was saved of it"):
        tiny_training.train(folder)


def test_best_weights_of_no_step(begun: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(begun, tmp_path / "model")
    rewritten(best_file(folder, NAME), fact("step", None))
    mark = checkpoint.stored_facts(draft_file(folder, NAME))["fingerprint"]
    assert best_is_of(begun, NAME, mark, 0)
    assert not best_is_of(folder, NAME, mark, 0)


def test_a_folder_in_place_of_the_best_weights(
    begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_training.known(monkeypatch)
    folder = shutil.copytree(begun, tmp_path / "model")
    best_file(folder, NAME).unlink()
    best_file(folder, NAME).mkdir()
    with pytest.raises(DataError, match=r"can't write file.*Is a directory"):
        tiny_training.train(folder)
