"""Converted networks on disk: OpenVINO's two files, and a third with their digests, written last.

OpenVINO checks nothing of the weights that it reads: changed ones give other answers.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from spgc.files.hashes import file_hash
from spgc.files.kept import DamagedError, read_kept, write_kept
from spgc.files.whole import draft_name, sweep_drafts, write_error
from spgc.jobs.interrupts import stop_if_heard
from spgc.nets.engines.contract import EngineNetworks
from spgc.nets.engines.network_content import NetworkContent, read_network

if TYPE_CHECKING:
    import openvino

T = TypeVar("T")

FORM = 1
"""Part of every converted file's name: raise it when the conversion changes."""

ENDING = ".digest"
"""Of the third file, which lies beside the `.xml` and the `.bin`."""


def converted_file(networks: EngineNetworks, name: str, cache: Path) -> Path:
    """Where a network's `.xml` is kept; its other two files lie beside it."""
    return cache / f"{name}-{networks.digests[name][:16]}{networks.variant}-ov{FORM}.xml"


def unconverted(networks: EngineNetworks, cache: Path | None) -> list[str]:
    """The networks of which nothing is kept in `cache`, whether whole or damaged."""
    return [
        name
        for name in networks.names
        if cache is None or not converted_file(networks, name, cache).exists()
    ]


def network_digests(file: Path) -> list[str]:
    """SHA-256 of both files of a network, the `.xml` first. Raises OSError."""
    return [file_hash(file), file_hash(file.with_suffix(".bin"))]


def check_converted(path: Path) -> bool:
    """Whether a converted network is there, each byte as it was written.

    path: of its `.xml`. Raises DamagedError when something is there that can't be believed.
    """
    return _as_written(path, network_digests, lambda digests: digests) is not None


def read_converted(path: Path) -> NetworkContent | None:
    """A converted network, each byte as it was written; None without one.

    path: of its `.xml`. Raises DamagedError when something is there that can't be believed.
    """
    return _as_written(path, read_network, lambda content: content.digests)


def _as_written(
    path: Path, read: Callable[[Path], T], digests: Callable[[T], list[str]]
) -> T | None:
    kept = read_kept(path.with_suffix(ENDING))
    try:
        found = read(path)
    except FileNotFoundError:
        if kept is None and not path.exists():
            return None
        raise DamagedError("one of its files is missing") from None
    except OSError as error:
        raise DamagedError(error.strerror or str(error)) from error
    if kept is None:
        raise DamagedError("no digest: kept by an older spgc")
    if kept != " ".join(digests(found)).encode():
        raise DamagedError("its digest does not fit")
    return found


def keep_converted(model: openvino.Model, path: Path) -> None:
    """Write the files of a network, that with the digests last. Raises DataError."""
    digest = path.with_suffix(ENDING)
    with suppress(OSError):  # of files that are about to be replaced
        digest.unlink(missing_ok=True)
    digests = save_openvino(model, path)
    write_kept(digest, " ".join(digests).encode())


def save_openvino(model: openvino.Model, path: Path) -> list[str]:
    """Write both files of the model so that the .xml is there only when the .bin is whole.

    The digests of what was written come back. Raises DataError when it can't be written,
    DiskFullError when the disk is full.
    """
    draft = path.with_name(draft_name("xml"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep_drafts(path.parent)
        _save(model, draft)
        digests = network_digests(draft)
        draft.with_suffix(".bin").replace(path.with_suffix(".bin"))
        draft.replace(path)
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        for leftover in (draft, draft.with_suffix(".bin")):
            with suppress(OSError):  # what went wrong before must not be hidden by this
                leftover.unlink(missing_ok=True)
    return digests


def _save(model: openvino.Model, draft: Path) -> None:
    """OpenVINO tells neither why it can't write nor always that it could not."""
    import openvino

    wanted = sum(node.data.nbytes for node in model.get_ops() if node.type_info.name == "Constant")
    room = shutil.disk_usage(draft.parent).free
    try:
        openvino.save_model(model, draft, compress_to_fp16=False)
        openvino.Core().read_model(draft)
    except RuntimeError as error:
        stop_if_heard(error)
        if room < wanted + 2**20:
            raise OSError(errno.ENOSPC, "No space left on device") from error
        raise OSError(errno.EIO, f"OpenVINO: {str(error).strip()[:200]}") from error
