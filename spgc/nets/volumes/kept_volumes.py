"""Scans on the grid of a system's networks, kept in files by scan key and spec."""

from __future__ import annotations

import hashlib
import math
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from spgc.contract.scan import Scan
from spgc.contract.volumes import VolumeBox
from spgc.errors import DataError
from spgc.files.foreign_names import key_for
from spgc.files.kept import GRID_VOLUMES, DamagedError, Troubles, read_kept
from spgc.nets.volumes.volume_spec import PreparedVolume, VolumeSpec

FORM = 2
"""Part of every file's name: raise it when `on_grid` comes to give other numbers, or files change.
"""


class KeptVolumes:
    """The volumes of scans, read back where they were made before.

    folder: where they are kept; with None each is made when it is asked for. A damaged file is made
    again, and `remarks` says so. May be sent to other processes, whose troubles stay theirs.
    """

    def __init__(self, spec: VolumeSpec, folder: Path | None) -> None:
        self.spec, self._folder = spec, folder
        self._troubles = Troubles(what="volumes")

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was found damaged and made again, or could not be kept, in words."""
        return self._troubles.remarks()

    def prepared(self, case_id: str, scan: Scan) -> PreparedVolume:
        """The scan's volume. Raises DataError for a scan that none can be made of."""
        path = self.path(case_id, scan.key)
        if path is None:
            return self._made(case_id, scan)
        try:
            if (kept := _read(path, self.spec)) is not None:
                return kept
        except DamagedError:
            self._troubles.damaged.add(case_id)
        made = self._made(case_id, scan)
        box = np.array((made.box.low, made.box.high), np.float64)
        volume, remark = packed(made.volume), text_array(made.remark)
        content = save({"volume": volume, "box": box, "remark": remark})
        self._troubles.keep(case_id, path, content)
        return made

    def path(self, case_id: str, key: str) -> Path | None:
        """Where a scan's volume is kept, if volumes are."""
        if self._folder is None:
            return None
        facts = f"{FORM}|{self.spec.shape}|{self.spec.facts}|{key}"
        digest = hashlib.sha256(facts.encode()).hexdigest()[:24]
        return self._folder / f"{key_for(case_id)}-{digest}{GRID_VOLUMES}"

    def clear(self) -> None:
        """Remove what is kept here, and the folder if nothing else is in it."""
        if self._folder is None or not self._folder.is_dir():
            return
        for path in self._folder.glob(f"*{GRID_VOLUMES}"):
            with suppress(OSError):  # what is trained is worth more than a tidy folder
                path.unlink()
        with suppress(OSError):  # it holds something else
            self._folder.rmdir()

    def _made(self, case_id: str, scan: Scan) -> PreparedVolume:
        made = self.spec.prepare(scan)
        if made.volume.shape != self.spec.shape or not np.isfinite(made.volume).all():
            raise DataError(
                "a scan gives no volume for the networks",
                where=case_id,
                found=f"{made.volume.shape}, {np.isnan(made.volume).sum()} NaN",
                expected=f"{self.spec.shape}, finite",
            )
        return made


def _read(path: Path, spec: VolumeSpec) -> PreparedVolume | None:
    """The volume kept there; None when there is none. Raises DamagedError."""
    content = read_kept(path)
    if content is None:
        return None
    try:
        found = load(content)
        volume = unpacked(found["volume"], spec.shape)
        box, remark = found["box"], array_text(found["remark"])
    except (SafetensorError, ValueError, KeyError) as error:
        raise DamagedError("not a kept volume") from error
    if box.shape != (2, 3):
        raise DamagedError("a volume of another kind")
    low, high = ((float(z), float(y), float(x)) for z, y, x in box)
    return PreparedVolume(volume, VolumeBox(low, high), remark)


def packed(volume: NDArray[np.float16]) -> NDArray[np.uint8]:
    """A volume in fewer bytes: a sixth where most of it is black or a mask, in a fifth of a second.

    zstd, of all low bytes and then all high ones: these are alike.
    """
    from imagecodecs import zstd_encode  # loading it takes longer than the rest of this module

    halves = np.ascontiguousarray(volume, np.float16).reshape(-1).view(np.uint8).reshape(-1, 2)
    return np.frombuffer(zstd_encode(halves.T.tobytes(), level=1), np.uint8)


def unpacked(small: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.float16]:
    """The volume again; never more bytes than `shape` has. Raises ValueError for anything else."""
    from imagecodecs import ZstdError, zstd_decode

    halves = bytearray(2 * math.prod(shape))
    try:
        written = zstd_decode(small.tobytes(), out=halves)
    except ZstdError as error:
        raise ValueError("not a packed volume") from error
    if len(written) != len(halves):
        raise ValueError("a volume of another size")
    both = np.frombuffer(halves, np.uint8).reshape(2, -1).T
    return np.ascontiguousarray(both).view(np.float16).reshape(shape)


def text_array(text: str) -> NDArray[np.uint8]:
    """Text as bytes that safetensors can hold."""
    return np.frombuffer(text.encode(), np.uint8)


def array_text(array: NDArray[np.uint8]) -> str:
    """The text again. Raises ValueError for bytes that are none."""
    return array.tobytes().decode()
