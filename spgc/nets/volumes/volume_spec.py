"""What networks are given of a whole scan, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import Scan
from spgc.contract.volumes import VolumeBox


@dataclass(frozen=True)
class PreparedVolume:
    """A scan as networks get it.

    volume: (C, D, H, W) float16, axes as the scan's: z head to feet, y, x; box: the part of the
    scan that it shows. Half precision is what is kept on disk, so networks get it fresh as well.
    remark: what had to be settled by a rule, in words that a list of cases follows; or empty.
    """

    volume: NDArray[np.float16]
    box: VolumeBox
    remark: str = ""


@dataclass(frozen=True)
class VolumeSpec:
    """The volumes that a system's networks read.

    size: (D, H, W) of the grid; channels: C. outputs: how many numbers each network gives of a
    scan, by its name. prepare: makes a scan's volume; facts: all that `prepare` does besides
    looking at the scan, as text: a volume is kept under the scan's key and these facts. It gives a
    volume for every scan, by a rule where there is no lung, and says so in `remark`: an error there
    would end the run for all. pictures: how many of the first channels are pictures; the others are
    masks.
    """

    size: tuple[int, int, int]
    channels: int
    outputs: Mapping[str, int]
    prepare: Callable[[Scan], PreparedVolume]
    facts: str
    pictures: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        """The networks, in the order in which they answer."""
        return tuple(self.outputs)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(C, D, H, W)"""
        return (self.channels, *self.size)


@runtime_checkable
class PreparesVolumes(Protocol):
    """A system, trained or not, that says which volumes its networks read: `spgc view` asks."""

    @property
    def volume_spec(self) -> VolumeSpec: ...
