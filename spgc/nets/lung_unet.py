"""The lung U-Net R231 as a lung method (Hofmanninger et al., Eur Radiol Exp 2020, 4, 50).

Network, preprocessing and postprocessing are those of its authors' package lungmask: slices clipped
to -1024 to 600 HU, cut to the body and resized to 256 × 256; of each lung the largest connected
part of the volume, its holes filled. The weights are a file that they publish; it is given here.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from spgc.ct.bits import Mask
from spgc.ct.plausible import Spacing
from spgc.errors import ModelError, SeriesError
from spgc.files.hashes import file_hash
from spgc.jobs.quiet_warnings import no_warnings
from spgc.nets.tensor_files import tensors_in

WEIGHTS = "unet_r231-d5d2fc3d.pth"
"""As published; the name ends in the first digits of the content's SHA-256."""

URL = f"https://github.com/JoHof/lungmask/releases/download/v0.0/{WEIGHTS}"

PLACE = "SPGC_LUNG_WEIGHTS"
"""Variable that names the file, or a folder with it."""


@dataclass(frozen=True)
class LungUNet:
    """R231 with the weights in the file `path` of hash `sha256`; that is all that is pickled."""

    path: Path
    sha256: str

    def __call__(self, hu: NDArray[np.int16], spacing: Spacing, threads: int = 1) -> Mask:
        """(S, H, W) int16 HU, head to feet, to (S, H, W) bool, both lungs alike; on the CPU.

        threads: processor cores to use. Raises ModelError when the file is no longer what it was,
        SeriesError for a scan that the package can't take.
        """
        inferer = _inferer(self.path, self.sha256)
        with _quietly(), _cores(threads):
            try:
                # The package counts slices from the feet. It changes next to nothing: slices are
                # seen one by one, and of parts of equal size the last is kept.
                found = inferer.apply(np.ascontiguousarray(hu[::-1]))
            except MemoryError:
                raise
            except Exception as error:  # of torch, SciPy or scikit-image; the other scans go on
                said = str(error).partition("\n")[0]
                raise SeriesError(
                    "lung method r231 failed on this scan",
                    found=f"{type(error).__name__}: {said}",
                    do="try again with a lower --jobs, or take another lung method",
                ) from error
        return np.asarray(found[::-1] > 0, bool)

    @property
    def remark(self) -> str | None:
        """What is worth saying of the file: that it is not the published one."""
        promised = Path(WEIGHTS).stem.rpartition("-")[2]
        if self.sha256.startswith(promised):
            return None
        return (
            f"{self.path} is not the published {WEIGHTS} (SHA-256 {self.sha256[:8]}…); it is used "
            "as it is"
        )


def open_lung_unet(place: Path | None = None) -> LungUNet:
    """The network with the weights in `place`, the file or a folder with it.

    None is where `SPGC_LUNG_WEIGHTS` says, else torch's cache, where the package would have put
    it; nothing is downloaded. Raises ModelError when the file is not there, damaged, or holds
    another network.
    """
    path = _weights_file(place)
    return LungUNet(path.absolute(), _checked(path))


def _weights_file(place: Path | None) -> Path:
    if place is None and (named := os.environ.get(PLACE)):
        place = Path(named)
    folder = Path(torch.hub.get_dir()) / "checkpoints" if place is None else place
    path = folder if folder.is_file() else folder / WEIGHTS
    if not path.is_file():
        raise ModelError(
            "weights of lung method r231 are missing",
            where=folder,
            expected=WEIGHTS,
            do=f"download {URL}, and name its folder by --lung-weights or {PLACE}",
        )
    return path


def _checked(path: Path) -> str:
    """The SHA-256 of a file that holds the tensors of R231, by name and shape, and no others."""
    try:
        sha256 = file_hash(path)
        state = dict(tensors_in(path))
        found = _misfit({str(name): tuple(tensor.shape) for name, tensor in state.items()})
        if not found and not all(torch.isfinite(tensor).all() for tensor in state.values()):
            found = "values that are not finite"
    except Exception as error:  # torch raises many kinds for a damaged file
        raise _unfit(path, type(error).__name__) from error
    if found:
        raise _unfit(path, found)
    return sha256


def _misfit(found: Mapping[str, tuple[int, ...]]) -> str | None:
    """What is wrong with tensors of these shapes; None if they are the network's."""
    wanted = _shapes()
    # Counters of batches came after the oldest files, and are not used.
    needed = {name for name in wanted if "num_batches" not in name}
    if missing := needed - found.keys():
        return f"{len(missing)} of {len(needed)} tensors missing"
    if wrong := [name for name, shape in found.items() if shape != wanted.get(name)]:
        return f"{len(wrong)} tensors of another shape or name"
    # The package takes the number of classes from the last one.
    return None if list(found)[-1].startswith("last.") else "tensors in another order"


def _unfit(path: Path, found: str) -> ModelError:
    return ModelError(
        "weights file does not fit lung method r231",
        where=path,
        found=found,
        expected=f"the tensors of {WEIGHTS}",
        do="download it again",
    )


@lru_cache(maxsize=1)
def _shapes() -> Mapping[str, tuple[int, ...]]:
    """Of the network's tensors, by name, in their order."""
    with _quietly(), torch.device("meta"):
        from lungmask.resunet import UNet

        network = UNet(
            n_classes=3,
            padding=True,
            depth=5,
            up_mode="upsample",
            batch_norm=True,
            residual=False,
        )
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


@lru_cache(maxsize=1)
def _inferer(path: Path, sha256: str) -> Any:
    """The package's own way from HU to labels, kept for the next scan of this process."""
    found = _checked(path)
    with _quietly():
        from lungmask import LMInferer

        try:
            inferer = LMInferer(
                modelpath=str(path), force_cpu=True, batch_size=4, tqdm_disable=True
            )
        except Exception as error:
            raise _unfit(path, f"{type(error).__name__} in lungmask") from error
    if {found, file_hash(path)} != {sha256}:
        raise ModelError(
            "weights of lung method r231 have changed",
            where=path,
            found=f"SHA-256 {found[:8]}…",
            expected=f"{sha256[:8]}…, as when the work began",
            do="start the command again",
        )
    return inferer


@contextmanager
def _quietly() -> Iterator[None]:
    """The package hides all warnings of the process when it is imported, and logs to stdout."""
    logger = logging.getLogger("lungmask")
    before = logger.disabled
    with no_warnings():
        logger.disabled = True
        try:
            yield
        finally:
            logger.disabled = before


@contextmanager
def _cores(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
