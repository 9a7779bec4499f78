"""Half-finished training on disk: network, optimiser and state, which going on needs.

Damage is found by the file's digest. Another spgc, or a stranger, may have written it: what does
not fit the training at hand is one error, before a step is taken.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from spgc.errors import ModelError
from spgc.nets.training.checkpoint import read_checked, write_checked
from spgc.nets.training.learner import Learner
from spgc.nets.training.state import Sums, TrainingState

_MODEL, _OPTIMISER, _SUMS = "model.", "optimiser.", "sums."

_MISFITS = (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError)
"""What torch and Python raise for values of another form."""

_STEPS, _TIMES = ("step", "evaluated", "best_step"), ("seconds", "waited")


def save_progress(
    learner: Learner, state: TrainingState, facts: Mapping[str, str], path: Path
) -> None:
    """Write everything that going on needs: network, optimiser, loss scale, training state.

    facts: the training's fingerprint and what else it is known by.
    """
    tensors = {_MODEL + k: v for k, v in learner.network.state_dict().items()}
    kept: dict[str, dict[str, Any]] = {}
    for number, values in learner.optimiser.state_dict()["state"].items():
        for name, value in values.items():
            if isinstance(value, Tensor):
                tensors[f"{_OPTIMISER}{number}.{name}"] = value
            else:
                kept.setdefault(str(number), {})[name] = value
    numbers = dict(vars(state))
    tensors |= {_SUMS + name: numbers.pop(name) for name in ("epoch", "recent")}
    more = {
        "state": numbers,
        "optimiser": kept,
        "scaler": learner.scaler.state_dict(),
        "least": learner.schedule.least,
    }
    write_checked(path, tensors, dict(facts) | more)


def load_progress(learner: Learner, path: Path, fingerprint: str) -> TrainingState | None:
    """Go on from `path`; None when there is nothing to go on from.

    A file of another training (other data or settings) is left alone and counts as nothing.
    Raises ModelError when the file is damaged, or holds what this training can't go on from.
    """
    if not path.is_file():
        return None
    tensors, facts = read_checked(path)
    if facts.get("fingerprint") != fingerprint or "state" not in facts:
        return None
    check_progress(facts, path)
    try:
        return _restored(learner, tensors, facts)
    except _MISFITS as error:
        raise _misfit(path, error) from error


def check_progress(facts: Mapping[str, Any], path: Path) -> None:
    """Raise ModelError for facts stored with progress that no training of this spgc has."""
    try:
        least = facts.get("least")
        if least is not None and (type(least) is not int or least < 1):
            raise ValueError("least of the wrong kind")
        _check_numbers(facts.get("state", {}))
    except _MISFITS as error:
        raise _misfit(path, error) from error


def _check_numbers(state: Mapping[str, Any]) -> None:
    if unknown := state.keys() - {field.name for field in dataclasses.fields(TrainingState)}:
        raise ValueError(f"a state with {', '.join(sorted(unknown))}")
    steps = {name: state[name] for name in _STEPS if name in state}
    times = {name: state[name] for name in _TIMES if name in state}
    best = state.get("best", {})
    for name, value in [*steps.items(), *times.items(), *best.items()]:
        if type(value) not in ((int,) if name in steps else (int, float)):
            raise ValueError(f"{name} of the wrong kind")
        if not (value >= -1 if name in steps else 0 <= value < math.inf):
            raise ValueError(f"{name} that can't be")
    if max(steps.values(), default=0) > max(steps.get("step", 0), 0):
        raise ValueError("an evaluation of a step that was not taken")


def _restored(
    learner: Learner, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]
) -> TrainingState:
    sums, size = _below(_SUMS, tensors), len(Sums(learner.task))
    state = TrainingState(**facts["state"], epoch=sums["epoch"], recent=sums["recent"])
    for name in ("epoch", "recent"):
        if sums[name].shape != (size,) or sums[name].dtype != torch.float64:
            raise ValueError(f"sums called {name} in another form")
        if not sums[name].isfinite().all():
            raise ValueError(f"sums called {name} that are not finite")
    if not 0 <= state.step <= learner.schedule.steps:
        raise ValueError(f"step {state.step} of {learner.schedule.steps}")
    if state.best and not state.best.keys() >= {*learner.task.checks, "items"}:
        raise ValueError("a best evaluation of other checks")
    learner.network.load_state_dict(_below(_MODEL, tensors))
    _load_optimiser(learner, _below(_OPTIMISER, tensors), facts["optimiser"])
    if facts["scaler"]:
        learner.scaler.load_state_dict(facts["scaler"])
    return state


def _load_optimiser(
    learner: Learner, tensors: Mapping[str, Tensor], numbers: Mapping[str, dict[str, Any]]
) -> None:
    optimiser = learner.optimiser
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    state: dict[int, dict[str, Any]] = {int(n): dict(values) for n, values in numbers.items()}
    for key, value in tensors.items():
        number, name = key.split(".", 1)
        like = parameters[int(number)]
        # The fused step walks memory: moments must lie as their channels_last weights do.
        same = torch.empty_like(like).copy_(value) if value.shape == like.shape else value
        state.setdefault(int(number), {})[name] = same
    wanted = _first_moments(learner)
    for place, values in state.items():
        _check_moments(values, wanted, parameters[place].shape)
    optimiser.load_state_dict(optimiser.state_dict() | {"state": state})


_PROBE = (2, 3)
"""Shape of a parameter, which shows what an optimiser keeps of each."""


def _first_moments(learner: Learner) -> Mapping[str, Any]:
    """What the task's optimiser keeps of a parameter of shape `_PROBE`."""
    probe = nn.Parameter(torch.zeros(_PROBE))
    probe.grad = torch.zeros(_PROBE)
    optimiser = learner.task.optimiser([probe])
    optimiser.step()
    kept: Mapping[str, Any] = optimiser.state[probe]
    return kept


def _check_moments(values: Mapping[str, Any], wanted: Mapping[str, Any], shape: torch.Size) -> None:
    """Raise ValueError for other names or shapes than those of `wanted`, KeyError for one less."""
    for name in wanted.keys() | values.keys():
        like, value = wanted[name], values[name]
        size = getattr(like, "shape", None)
        if getattr(value, "shape", None) != (shape if size == _PROBE else size):
            raise ValueError(f"{name} in another form")


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _misfit(path: Path, error: Exception) -> ModelError:
    lines = str(error).splitlines() or [""]
    return ModelError(
        "training can't go on from what was saved of it",
        where=path,
        found=f"{type(error).__name__}: {lines[-1].strip()[:200]}",
        expected="what this version of spgc saved",
        do="go on with the spgc that began it, or delete the file and train again",
    )
