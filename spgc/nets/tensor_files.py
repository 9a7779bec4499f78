"""Published weight files: tensors by name, written by torch.save; nothing else is unpickled."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError

import torch
from torch import Tensor

from spgc.errors import ModelError
from spgc.files.regular import check_regular

AGAIN = "delete it and download it again"


def read_tensors(path: Path, expected: str, wrapper: str | None = None) -> dict[str, Tensor]:
    """The tensors of a file by name.

    expected: the file that it should be, in words; wrapper: the entry that holds the tensors where
    the file has one of that name. Raises ModelError for a file that can't be read, would unpickle
    anything but tensors, or holds values that are not finite.
    """
    state = _loaded(path, expected)
    if wrapper is not None and isinstance(state, Mapping):
        state = state.get(wrapper, state)
    if not isinstance(state, Mapping) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in state.items()
    ):
        raise ModelError("weights file holds no tensors by name", where=path)
    for name, value in state.items():
        if not torch.isfinite(value).all():
            raise ModelError(
                "weights file holds values that are not finite", where=path, found=name, do=AGAIN
            )
    return dict(state)


def download(url: str, path: Path, kind: str, missing: str) -> None:
    """Download a file whose name ends in the first digits of its SHA-256, as torchvision's do.

    kind: whose weights they are; missing: what else the user would bring instead. Raises ModelError
    when it fails.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(
            url, str(path), promised_digest(path.name), progress=sys.stderr.isatty()
        )
    except (URLError, OSError, RuntimeError, HTTPException) as error:
        raise ModelError(
            f"can't download {kind} weights",
            where=url,
            found=str(error),
            do=f"put {missing} into {path.parent}, or into a "
            "folder named by --weights FOLDER, or pass --weights none for a random start",
        ) from error


def promised_digest(name: str) -> str:
    """The first digits of the SHA-256, as a published name ends in them."""
    return name.rsplit("-", 1)[-1].removesuffix(".pth")


def _loaded(path: Path, expected: str) -> Any:
    try:
        return tensors_in(path)
    except Exception as error:  # torch raises many kinds for a damaged archive
        raise unreadable(path, error, expected) from error


def tensors_in(path: Path) -> Any:
    """What torch reads from a file without unpickling objects.

    torch saves archives without compression; one that unpacks to more than it takes on disk is not
    its own, and could fill the memory. Raises OSError, ValueError, and what torch raises.
    """
    size = check_regular(path)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > size:
            raise ValueError(f"it unpacks to {unpacked} bytes")
    return torch.load(path, map_location="cpu", weights_only=True)


def unreadable(path: Path, error: Exception, expected: str) -> ModelError:
    """The error of a file that can't be read."""
    return ModelError(
        "weights file can't be read",
        where=path,
        found=type(error).__name__,
        expected=expected,
        do=AGAIN,
    )
