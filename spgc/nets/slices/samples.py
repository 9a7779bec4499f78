"""Labelled slices as training data: which slice, which label, and its augmented copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from spgc.contract.scan import LabelledScan, Scan
from spgc.nets.slices.slice_places import position_inputs, region_of
from spgc.nets.slices.spec import SliceSpec
from spgc.nets.training.task import Item
from spgc.protocol import CLASSES, NORMAL

SliceBatch = tuple[Tensor, Tensor, Tensor, Tensor]
"""Images (B, 3, s, s) in [0, 1], positions (B, 2), classes (B,) and regions (B,)."""

_FLOAT32 = 4


@dataclass(frozen=True)
class Sample:
    """Slice `index` of scan number `scan`, and its class as an index into `CLASSES`."""

    scan: int
    index: int
    label: int


Labelled = tuple[Sequence[LabelledScan], Sequence[Sample]]
"""Scans, and the labelled slices in them."""


@dataclass(frozen=True)
class Copies:
    """Augmented copies of each slice, drawn anew in every epoch.

    per_class: copies of a slice by its class; augmented: changes an image (3, s, s) by a seed;
    seed: of the whole training; originals: whether the slice itself is shown as it is, or changed
    like a copy.
    """

    per_class: tuple[int, ...]
    augmented: Callable[[Tensor, int], Tensor]
    seed: int
    originals: bool = True


def labelled_slices(scan: LabelledScan, *, uninfected: bool = False) -> list[tuple[int, int]]:
    """Index and class of each slice whose class is known.

    Infected slices carry their scan's class; all slices of a normal scan are normal, and with
    `uninfected` so are the uninfected slices of infected scans whose slices somebody labelled.
    """
    normal = CLASSES.index(NORMAL)
    if scan.label == NORMAL:
        return [(index, normal) for index in range(scan.scan.n_slices)]
    if scan.infected is None:
        return []
    label = CLASSES.index(scan.label)
    known = ((index, label if infected else normal) for index, infected in enumerate(scan.infected))
    return [(index, k) for index, k in known if uninfected or k != normal]


def slice_image(scan: Scan, index: int, size: int, spec: SliceSpec) -> NDArray[np.float32]:
    """Slice `index` as (3, size, size) in [0, 1], channels as `spec` says."""
    hu, mask = scan.slice(index)
    return spec.images(hu, mask, size)


def with_copies(samples: Sequence[Sample], per_class: Sequence[int]) -> list[tuple[Sample, int]]:
    """Each sample as number 0 and its augmented copies as 1, 2, … behind it."""
    return [(s, copy) for s in samples for copy in range(1 + per_class[s.label])]


def slice_bytes(size: int) -> int:
    """Bytes of one input of `size` × `size` pixels."""
    return 3 * size * size * _FLOAT32


class SliceDataset(Dataset[SliceBatch]):
    """Samples and their augmented copies; item order is sample order, copies behind their sample.

    `data[epoch, number]` is item `number` as it looks in `epoch`: the originals never change, the
    copies are drawn anew. It depends on nothing else, so any process may load any item at any time.

    `samples` may be a function from the epoch, 0 for the first, to that epoch's samples: always as
    many of each class, and the same ones whenever it is asked.
    """

    def __init__(
        self,
        scans: Sequence[LabelledScan],
        samples: Sequence[Sample] | Callable[[int], Sequence[Sample]],
        size: int,
        spec: SliceSpec,
        copies: Copies | None = None,
    ) -> None:
        """copies: None for the slices alone, as in validation."""
        self._scans = [scan.scan for scan in scans]
        self.size, self._spec, self._copies = size, spec, copies
        self._drawn = samples if callable(samples) else None
        self._epoch = 0
        self._items = self._with_copies(samples(0) if callable(samples) else samples)

    def _with_copies(self, samples: Sequence[Sample]) -> list[tuple[Sample, int]]:
        if self._copies is None:
            return [(sample, 0) for sample in samples]
        return with_copies(samples, self._copies.per_class)

    def _items_of(self, epoch: int) -> list[tuple[Sample, int]]:
        """The items of an epoch; those of the last one asked for are kept."""
        if self._drawn is not None and epoch != self._epoch:
            self._items, self._epoch = self._with_copies(self._drawn(epoch)), epoch
        return self._items

    @property
    def item_bytes(self) -> int:
        """Bytes of one item's image."""
        return slice_bytes(self.size)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, item: Item) -> SliceBatch:
        epoch, number = item
        sample, copy = self._items_of(epoch)[number]
        scan = self._scans[sample.scan]
        image = torch.from_numpy(slice_image(scan, sample.index, self.size, self._spec))
        if self._copies and (copy or not self._copies.originals):
            seed = np.random.SeedSequence((self._copies.seed, epoch, number))
            image = self._copies.augmented(image, int(seed.generate_state(1)[0]))
        count = scan.n_slices
        return (
            image,
            torch.tensor(position_inputs(sample.index, count)),
            torch.tensor(sample.label),
            torch.tensor(region_of(sample.index, count)),
        )
