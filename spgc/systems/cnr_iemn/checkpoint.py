"""Weights and half-finished training on disk as safetensors: nothing is unpickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from spgc.errors import ModelError
from spgc.files import write_bytes

_MODEL, _ADAM, _FACTS = "model.", "adam.", "spgc"


@dataclass(frozen=True)
class Progress:
    """Where a stopped training stands: epochs done, and the hash of what it was training on."""

    epochs: int
    fingerprint: str


def save_weights(network: nn.Module, path: Path, facts: Mapping[str, str]) -> None:
    """Write a network's tensors and short facts about them."""
    write_bytes(path, save(_contiguous(network.state_dict()), _packed(facts)))


def load_weights(network: nn.Module, path: Path) -> Mapping[str, str]:
    """Put tensors from `path` into `network`; return the facts stored with them.

    Raises ModelError when the file is missing, damaged or of another network.
    """
    tensors, facts = _read(path)
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise ModelError(
            "weights are of another network", where=path, found=str(error).splitlines()[-1].strip(),
            do="name the model folder that spgc train wrote",
        ) from error  # fmt: skip
    return facts


def save_progress(
    network: nn.Module, optimiser: torch.optim.Adam, progress: Progress, path: Path
) -> None:
    """Write everything that going on needs: network, Adam's moments, epochs done."""
    tensors = {_MODEL + k: v for k, v in network.state_dict().items()}
    for number, moments in optimiser.state_dict()["state"].items():
        tensors |= {f"{_ADAM}{number}.{name}": value for name, value in moments.items()}
    facts = {"epochs": str(progress.epochs), "fingerprint": progress.fingerprint}
    write_bytes(path, save(_contiguous(tensors), _packed(facts)))


def load_progress(
    network: nn.Module, optimiser: torch.optim.Adam, path: Path, fingerprint: str
) -> int:
    """Go on from `path`; return the epochs done, 0 when there is nothing to go on from.

    A file of another training (other data or settings) is left alone and counts as nothing.
    """
    if not path.is_file():
        return 0
    tensors, facts = _read(path)
    if facts.get("fingerprint") != fingerprint:
        return 0
    network.load_state_dict(
        {k.removeprefix(_MODEL): v for k, v in tensors.items() if k.startswith(_MODEL)}
    )
    parameters = optimiser.param_groups[0]["params"]
    moments: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith(_ADAM):
            number, name = key.removeprefix(_ADAM).split(".", 1)
            like = parameters[int(number)]
            # The fused step walks memory: moments must lie as their channels_last weights do.
            same = torch.empty_like(like).copy_(value) if value.shape == like.shape else value
            moments.setdefault(int(number), {})[name] = same
    optimiser.load_state_dict(optimiser.state_dict() | {"state": moments})
    return int(facts["epochs"])


def _packed(facts: Mapping[str, str]) -> dict[str, str]:
    """Facts as one entry: safetensors writes several in random order, and hashes would differ."""
    return {_FACTS: json.dumps(dict(facts), sort_keys=True)}


def _contiguous(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    # channels_last tensors are stored in the plain order that every reader expects.
    return {k: v.detach().cpu().contiguous() for k, v in tensors.items()}


def _read(path: Path) -> tuple[dict[str, Tensor], Mapping[str, str]]:
    if not path.is_file():
        raise ModelError(
            "model folder lacks a file", where=path, expected=path.name,
            do="name the folder that spgc train wrote, or train again",
        )  # fmt: skip
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118
            return tensors, dict(json.loads((file.metadata() or {}).get(_FACTS, "{}")))
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError(
            "weights file is damaged", where=path, found=str(error), expected="safetensors",
            do="copy it again or train again",
        ) from error  # fmt: skip
