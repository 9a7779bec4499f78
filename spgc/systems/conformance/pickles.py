"""Find pickles in files, and stop everything that reads them."""

from __future__ import annotations

import contextlib
import gzip
import io
import pickle
import pickletools
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

import numpy as np

_NPY = b"\x93NUMPY"


def pickle_in(path: Path) -> str:
    """How the file is a pickle or holds one, in words; empty when it does not.

    An archive or array that can't be read counts as none: nobody can unpickle it either.
    """
    with contextlib.suppress(zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError):
        return _in_bytes(path.read_bytes())
    return ""


def _in_bytes(content: bytes) -> str:
    if content.startswith(b"PK") and zipfile.is_zipfile(io.BytesIO(content)):
        return _in_zip(content)
    if content.startswith(_NPY):
        return "is an array of Python objects, pickled" if _holds_objects(content) else ""
    unpacked = _unpacked(content)
    if _is_pickle(content) or (unpacked is not content and _is_pickle(unpacked)):
        return "is a pickle"
    return ""


def _in_zip(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.endswith((".pkl", ".pickle")):
                return f"holds {name}"
            if found := _in_bytes(archive.read(name)):
                return f"holds {name}, which {found}"
    return ""


def _unpacked(content: bytes) -> bytes:
    """What joblib and others squeeze with gzip or zlib; `content` itself if it is neither."""
    with contextlib.suppress(OSError, EOFError, zlib.error):
        if content.startswith(b"\x1f\x8b"):
            return gzip.decompress(content)
        if content.startswith(b"\x78"):
            return zlib.decompress(content)
    return content


def _holds_objects(content: bytes) -> bool:
    """Whether an .npy file's array is of Python objects, by its header."""
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0
    if version != (1, 0):
        read = np.lib.format.read_array_header_2_0
    return bool(read(stream)[2].hasobject)


def _is_pickle(content: bytes) -> bool:
    """By its first bytes, or, in the oldest protocols, because it reads as one to its end."""
    if content[:1] == b"\x80" and content[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return True
    last = None
    with contextlib.suppress(Exception):  # no pickle: any of its readers may trip over it
        for number, (_, _, place) in enumerate(pickletools.genops(content)):
            last = (number, place)
        return last is not None and last[0] > 0 and last[1] == len(content.rstrip()) - 1
    return False


@contextlib.contextmanager
def without_pickle() -> Iterator[list[str]]:
    """Unpickling fails meanwhile; the names of what was called are in the list."""
    used: list[str] = []

    def refuse(name: str) -> Callable[..., NoReturn]:
        def refused(*_: object, **__: object) -> NoReturn:
            used.append(name)
            raise pickle.UnpicklingError(f"{name} was called")

        return refused

    class Refusing:
        def __init__(self, *_: object, **__: object) -> None:
            refuse("pickle.Unpickler")()

    with contextlib.ExitStack() as stack:
        for name in ("load", "loads"):
            stack.enter_context(mock.patch.object(pickle, name, refuse(f"pickle.{name}")))
        stack.enter_context(mock.patch.object(pickle, "Unpickler", Refusing))
        pure: Any = vars(pickle)["_Unpickler"]  # joblib and dill inherit from it
        stack.enter_context(mock.patch.object(pure, "load", refuse("pickle.Unpickler")))
        if (torch := sys.modules.get("torch")) is not None:
            patched = _weights_only(torch.load, refuse("torch.load with weights_only=False"))
            stack.enter_context(mock.patch.object(torch, "load", patched))
        yield used


def _weights_only(load: Callable[..., Any], refuse: Callable[..., NoReturn]) -> Callable[..., Any]:
    """torch.load for tensors alone; the default differs between versions of torch."""

    def loaded(*places: Any, **names: Any) -> Any:
        if names.get("weights_only") is not True:
            refuse()
        return load(*places, **names)

    return loaded
