"""Weights and half-finished training on disk as safetensors: nothing is unpickled."""

from __future__ import annotations

import errno
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from spgc.errors import ModelError
from spgc.files.json_documents import parse_json
from spgc.files.regular import check_regular
from spgc.files.whole import whole_file
from spgc.nets.training.learner import Learner
from spgc.nets.training.state import TrainingState

T = TypeVar("T")

LARGEST = 1e30
"""Of a weight: sums of larger ones overflow. What comes of that, and of NaN, can't be left to the
engines: where PyTorch answers NaN, OpenVINO's ReLU makes 0 of it and goes on."""

_DIGEST = "digest"

_OS_ERROR = re.compile(r"\(os error (\d+)\)")

_MODEL, _OPTIMISER, _SUMS = "model.", "optimiser.", "sums."

_FACTS, _OLD_FACTS = "spgc-checked", "spgc"
"""Facts with a digest of everything in the file, and those of earlier versions without one."""


def save_weights(network: nn.Module, path: Path, facts: Mapping[str, str]) -> None:
    """Write a network's tensors and short facts about them."""
    _write(path, network.state_dict(), facts)


def load_weights(network: nn.Module, path: Path) -> Mapping[str, str]:
    """Put tensors from `path` into `network`; return the facts stored with them.

    Raises ModelError when the file is missing, damaged or of another network, or holds what is no
    number of a trained one.
    """
    tensors, facts = _read(path)
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise ModelError(
            "weights are of another network",
            where=path,
            found=str(error).splitlines()[-1].strip(),
            do="name the model folder that spgc train wrote",
        ) from error
    _check_numbers(network, path)
    return facts


def _check_numbers(network: nn.Module, path: Path) -> None:
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point() and not bool((tensor.abs() <= LARGEST).all()):
            raise ModelError(
                "weights are not finite, or far too large",
                where=path,
                found=name,
                expected=f"numbers up to {LARGEST:g}",
                do="train again, or copy the model folder again",
            )


def stored_facts(path: Path) -> Mapping[str, Any]:
    """The facts stored with weights or progress, without reading a tensor; empty without a file.

    Raises ModelError when the file is damaged.
    """
    return _opened(path, _facts) if path.is_file() else {}


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
    _write(path, tensors, dict(facts) | more)


def load_progress(learner: Learner, path: Path, fingerprint: str) -> TrainingState | None:
    """Go on from `path`; None when there is nothing to go on from.

    A file of another training (other data or settings) is left alone and counts as nothing.
    Raises ModelError when the file is damaged.
    """
    if not path.is_file():
        return None
    tensors, facts = _read(path)
    if facts.get("fingerprint") != fingerprint or "state" not in facts:
        return None
    learner.network.load_state_dict(_below(_MODEL, tensors))
    _load_optimiser(learner.optimiser, _below(_OPTIMISER, tensors), facts["optimiser"])
    if facts["scaler"]:
        learner.scaler.load_state_dict(facts["scaler"])
    sums = _below(_SUMS, tensors)
    return TrainingState(**facts["state"], epoch=sums["epoch"], recent=sums["recent"])


def _load_optimiser(
    optimiser: Optimizer, tensors: Mapping[str, Tensor], numbers: Mapping[str, dict[str, Any]]
) -> None:
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    state: dict[int, dict[str, Any]] = {int(n): dict(values) for n, values in numbers.items()}
    for key, value in tensors.items():
        number, name = key.split(".", 1)
        like = parameters[int(number)]
        # The fused step walks memory: moments must lie as their channels_last weights do.
        same = torch.empty_like(like).copy_(value) if value.shape == like.shape else value
        state.setdefault(int(number), {})[name] = same
    optimiser.load_state_dict(optimiser.state_dict() | {"state": state})


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _write(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, object]) -> None:
    # channels_last tensors are stored in the plain order that every reader expects.
    plain = {k: v.detach().cpu().contiguous() for k, v in tensors.items()}
    with whole_file(path) as draft:
        draft.touch()
        mode = draft.stat().st_mode  # safetensors' own file could be read by its owner alone
        try:
            save_file(plain, draft, _packed({**facts, _DIGEST: _digest(plain, facts)}))
        except SafetensorError as error:  # a full disk, for one
            known = _OS_ERROR.search(str(error))
            raise OSError(int(known[1]) if known else errno.EIO, str(error)) from error
        draft.chmod(mode)


def _packed(facts: Mapping[str, object]) -> dict[str, str]:
    """Facts as one entry: safetensors writes several in random order, and hashes would differ."""
    return {_FACTS: json.dumps(dict(facts), sort_keys=True)}


def _digest(tensors: Mapping[str, Tensor], facts: Mapping[str, object]) -> str:
    """SHA-256 of everything in the file: safetensors has no checksum of its own."""
    digest = hashlib.sha256(json.dumps(dict(facts), sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"\n{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    if not path.is_file():
        raise ModelError(
            "model folder lacks a file",
            where=path,
            expected=path.name,
            do="name the folder that spgc train wrote, or train again",
        )

    return _opened(path, _checked)


def _checked(file: Any) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """All tensors and facts. Raises ValueError when they don't fit the digest among them."""
    tensors = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118
    facts, digest = _facts(file), _stored_digest(file)
    if digest is not None and digest != _digest(tensors, facts):
        raise ValueError("its digest does not fit")
    return tensors, facts


def _facts(file: Any) -> dict[str, Any]:
    facts = _document(file)
    facts.pop(_DIGEST, None)
    return facts


def _stored_digest(file: Any) -> str | None:
    """What is stored of everything in the file; None for files of earlier versions."""
    if _FACTS not in (file.metadata() or {}):
        return None
    return str(_document(file).get(_DIGEST))


def _document(file: Any) -> dict[str, Any]:
    metadata = file.metadata() or {}
    return dict(parse_json(metadata.get(_FACTS) or metadata[_OLD_FACTS]))


def _opened(path: Path, read: Callable[[Any], T]) -> T:
    """What `read` finds in a safetensors file. Raises ModelError when it is damaged."""
    try:
        check_regular(path)  # safetensors would wait for a named pipe
        with safe_open(path, framework="pt") as file:
            return read(file)
    except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(
            "weights file is damaged",
            where=path,
            found=str(error),
            expected="safetensors",
            do="copy it again, or delete it and train again",
        ) from error
