"""Which slices the CNNs learn from, and how a slice becomes an input (paper, section 3.3.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from spgc.contract.scan import LabelledScan, Scan
from spgc.ct.slice_images import network_input
from spgc.nets.slices.sizes import position_inputs, region_of
from spgc.protocol import CLASSES, NORMAL
from spgc.systems.cnr_iemn.augmentation import augmented
from spgc.systems.cnr_iemn.config import Config

Batch = tuple[Tensor, Tensor, Tensor, Tensor]
"""Images (B, 3, s, s), positions (B, 2), classes (B,) and regions (B,)."""

Place = tuple[int, int]
"""An epoch and the number of an item: what a batch is made of."""


@dataclass(frozen=True)
class Sample:
    """Slice `index` of scan number `scan`, and its class as an index into `CLASSES`."""

    scan: int
    index: int
    label: int


def in_case_order(scans: Sequence[LabelledScan]) -> list[LabelledScan]:
    """The scans by case ID, as everything here trains on them.

    Sums over scans and the order of batches then depend on the scans, not on how a data set lists
    them, and what one command has trained another finds again.
    """
    return sorted(scans, key=lambda scan: scan.case_id)


def first_normals(scans: Sequence[LabelledScan], count: int) -> frozenset[str]:
    """IDs of the first `count` normal scans (paper, 3.3: the first 30, train and val together)."""
    names = sorted(scan.case_id for scan in scans if scan.label == NORMAL)
    return frozenset(names[:count])


def slice_samples(
    scans: Sequence[LabelledScan], normals: frozenset[str], config: Config
) -> list[Sample]:
    """The labelled slices of `scans`.

    Infected slices carry their scan's class. Normal are all slices of the scans in `normals` and,
    if the configuration says so, the uninfected slices of slice-labelled infected scans.
    """
    samples: list[Sample] = []
    for number, scan in enumerate(scans):
        samples += [Sample(number, i, k) for i, k in _labelled(scan, normals, config)]
    return samples


def _labelled(
    scan: LabelledScan, normals: frozenset[str], config: Config
) -> Iterator[tuple[int, int]]:
    normal = CLASSES.index(NORMAL)
    if scan.label == NORMAL:
        if scan.case_id in normals:
            yield from ((i, normal) for i in range(scan.scan.n_slices))
    elif scan.infected is not None:
        label = CLASSES.index(scan.label)
        for index, infected in enumerate(scan.infected):
            if infected:
                yield index, label
            elif config.uninfected_as_normal:
                yield index, normal


def slice_image(scan: Scan, index: int, size: int, config: Config) -> NDArray[np.float32]:
    """Slice `index` as (3, size, size) in [0, 1], channels as the configuration says."""
    hu, mask = scan.slice(index)
    return network_input(hu, mask, size, config.grey_range, config.channels)


def with_copies(samples: Sequence[Sample], config: Config) -> list[tuple[Sample, int]]:
    """Each sample as number 0 and its augmented copies as 1, 2, … behind it (paper, 3.3.1)."""
    return [(s, copy) for s in samples for copy in range(1 + config.copies[s.label])]


def images_per_epoch(samples: Sequence[Sample], config: Config) -> dict[str, int]:
    """Images by class that one epoch shows, augmented copies among them."""
    labels = Counter(sample.label for sample, _ in with_copies(samples, config))
    return {name: labels[number] for number, name in enumerate(CLASSES)}


class SliceDataset(Dataset[Batch]):
    """Samples and their augmented copies; item order is sample order, copies behind their sample.

    `data[epoch, number]` is item `number` as it looks in `epoch`: the originals never change, the
    copies are drawn anew. It depends on nothing else, so any process may load any item at any time.
    """

    def __init__(
        self,
        scans: Sequence[LabelledScan],
        samples: Sequence[Sample],
        size: int,
        config: Config,
        *,
        augment: bool,
    ) -> None:
        self._scans = [scan.scan for scan in scans]
        self.size, self._config = size, config
        self._items = with_copies(samples, config) if augment else [(s, 0) for s in samples]

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, place: Place) -> Batch:
        epoch, number = place
        sample, copy = self._items[number]
        scan = self._scans[sample.scan]
        image = torch.from_numpy(slice_image(scan, sample.index, self.size, self._config))
        if copy:
            seed = np.random.SeedSequence((self._config.seed, epoch, number))
            image = augmented(image, int(seed.generate_state(1)[0]))
        count = scan.n_slices
        return (
            image,
            torch.tensor(position_inputs(sample.index, count)),
            torch.tensor(sample.label),
            torch.tensor(region_of(sample.index, count)),
        )
