"""Whole scans as training data: which scan, which class, and its changed copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spgc.contract.scan import LabelledScan, NamedScan, Scan
from spgc.nets.training.task import Item
from spgc.nets.volumes.volume_task import VolumeBatch
from spgc.protocol import CLASSES

_CHANGES = 4
"""A stream of random numbers apart from those of schedules and of weighted draws."""

_FLOAT32 = 4

NetworkVolume = NDArray[np.float16] | NDArray[np.float32]
"""(C, D, H, W)"""

Changed = Callable[[Tensor, np.random.Generator], Tensor]
"""Changes a volume (C, D, H, W) float32 at random; its size stays."""


@dataclass(frozen=True)
class VolumeSample:
    """Scan number `scan`, its class as the network counts classes, and which copy of it."""

    scan: int
    label: int
    copy: int = 0


@dataclass(frozen=True)
class ScansByNumber:
    """Scans to learn from, and what a network is given of them.

    scans: each with its case ID; load: the volume (C, D, H, W) of a scan by case ID, scan and
    number of the copy: the same one whenever it is asked for.
    """

    scans: Sequence[NamedScan]
    load: Callable[[str, Scan, int], NetworkVolume]

    def volume(self, sample: VolumeSample) -> Tensor:
        """The volume of a sample, float32."""
        loaded = self.load(*self.scans[sample.scan], sample.copy)
        return torch.from_numpy(np.ascontiguousarray(loaded, np.float32))


class VolumeDataset:
    """Samples as (volume, class) by epoch and number; `changed` changes them anew in each epoch.

    An item depends on nothing but the seed, its epoch and its number, so any process may load it.
    `samples` may be a function from the epoch, 0 for the first, to that epoch's samples: always as
    many, and the same ones whenever it is asked.
    """

    def __init__(
        self,
        scans: ScansByNumber,
        samples: Sequence[VolumeSample] | Callable[[int], Sequence[VolumeSample]],
        shape: tuple[int, int, int, int],
        changed: Changed | None = None,
        seed: int = 0,
    ) -> None:
        """shape: (C, D, H, W) of a volume; changed: None for volumes as they are."""
        self._scans, self._shape, self._seed = scans, shape, seed
        self._samples, self._changed = samples, changed
        self._length = len(self._of(0))

    def _of(self, epoch: int) -> Sequence[VolumeSample]:
        return self._samples(epoch) if callable(self._samples) else self._samples

    @property
    def item_bytes(self) -> int:
        """Bytes of one volume."""
        return prod(self._shape) * _FLOAT32

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, item: Item) -> VolumeBatch:
        epoch, number = item
        sample = self._of(epoch)[number]
        volume = self._scans.volume(sample)
        if self._changed is not None:
            random = np.random.default_rng((self._seed, _CHANGES, epoch, number))
            volume = self._changed(volume, random)
        return volume, torch.tensor(sample.label)


def class_samples(
    scans: Sequence[LabelledScan], classes: Sequence[str] = CLASSES, copies: Sequence[int] = ()
) -> list[VolumeSample]:
    """Each scan of one of `classes`, in their order, as copy 0, and its further copies behind it.

    copies: how many further ones a scan has, by its class in the same order; none by default.
    """
    found = []
    for number, scan in enumerate(scans):
        if scan.label in classes:
            label = classes.index(scan.label)
            count = copies[label] if copies else 0
            found += [VolumeSample(number, label, copy) for copy in range(1 + count)]
    return found


@dataclass(frozen=True)
class BalancedDraws:
    """By epoch, equally many samples of each class, as many as the smallest has.

    samples: what there is; seed: of the draw, one for each network of an ensemble. A large class's
    samples come round evenly: none a second time before all were there once.
    """

    samples: Sequence[VolumeSample]
    seed: int

    def __call__(self, epoch: int) -> list[VolumeSample]:
        labels = np.array([sample.label for sample in self.samples], np.int64)
        kinds, counts = np.unique(labels, return_counts=True)
        least = int(counts.min())
        chosen = [self._drawn(np.flatnonzero(labels == kind), least, epoch) for kind in kinds]
        return [self.samples[number] for numbers in chosen for number in numbers]

    def _drawn(self, members: NDArray[np.int64], count: int, epoch: int) -> NDArray[np.int64]:
        """The epoch's `count` of `members`: the next of an endless row of shuffled rounds."""
        first = epoch * count
        rounds = range(first // len(members), (first + count - 1) // len(members) + 1)
        laid = [self._round(members, number) for number in rounds]
        start = first - rounds[0] * len(members)
        return np.concatenate(laid)[start : start + count]

    def _round(self, members: NDArray[np.int64], number: int) -> NDArray[np.int64]:
        random = np.random.default_rng((self.seed, _CHANGES, number, int(members[0])))
        return random.permutation(members)
