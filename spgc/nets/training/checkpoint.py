"""Weights on disk as safetensors, with facts and a digest of all: nothing is unpickled."""

from __future__ import annotations

import errno
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import Tensor, nn

from spgc.errors import ModelError
from spgc.files.json_documents import parse_json
from spgc.files.regular import read_regular
from spgc.files.safetensors_header import metadata_of, stored_metadata
from spgc.files.whole import whole_file

T = TypeVar("T")

LARGEST = 1e30
"""Of a weight: sums of larger ones overflow. What comes of that, and of NaN, can't be left to the
engines: where PyTorch answers NaN, OpenVINO's ReLU makes 0 of it and goes on."""

_DIGEST = "digest"

_OS_ERROR = re.compile(r"\(os error (\d+)\)")

_FACTS, _OLD_FACTS = "spgc-checked", "spgc"
"""Facts with a digest of everything in the file, and those of earlier versions without one."""


def save_weights(network: nn.Module, path: Path, facts: Mapping[str, str]) -> None:
    """Write a network's tensors and short facts about them."""
    write_checked(path, network.state_dict(), facts)


def load_weights(network: nn.Module, path: Path) -> Mapping[str, str]:
    """Put tensors from `path` into `network`; return the facts stored with them.

    Raises ModelError when the file is missing, damaged or of another network, or holds what is no
    number of a trained one.
    """
    tensors, facts = read_checked(path)
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
    return _whole(path, lambda: _facts(stored_metadata(path))) if path.is_file() else {}


def write_checked(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, object]) -> None:
    """Write tensors and facts with a digest of both. Raises DataError when that fails."""
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


def read_checked(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and facts, as they were written. Raises ModelError for a damaged file, or none."""
    if not path.is_file():
        raise ModelError(
            "model folder lacks a file",
            where=path,
            expected=path.name,
            do="name the folder that spgc train wrote, or train again",
        )

    return _whole(path, lambda: _checked(read_regular(path)))


def _checked(content: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """All tensors and facts. Raises ValueError when they don't fit the digest among them."""
    tensors, metadata = load(content), metadata_of(content)
    facts, digest = _facts(metadata), _stored_digest(metadata)
    if digest is not None and digest != _digest(tensors, facts):
        raise ValueError("its digest does not fit")
    return tensors, facts


def _facts(metadata: Mapping[str, str]) -> dict[str, Any]:
    facts = _document(metadata)
    facts.pop(_DIGEST, None)
    return facts


def _stored_digest(metadata: Mapping[str, str]) -> str | None:
    """What is stored of everything in the file; None for files of earlier versions."""
    return str(_document(metadata).get(_DIGEST)) if _FACTS in metadata else None


def _document(metadata: Mapping[str, str]) -> dict[str, Any]:
    return dict(parse_json(metadata.get(_FACTS) or metadata[_OLD_FACTS]))


def _whole(path: Path, read: Callable[[], T]) -> T:
    """What `read` finds in a safetensors file. Raises ModelError when it is damaged."""
    try:
        return read()
    except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(
            "weights file is damaged",
            where=path,
            found=str(error),
            expected="safetensors",
            do="copy it again, or delete it and train again",
        ) from error
