"""Which slices the CNNs learn from (paper, section 3.3.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from spgc.contract.scan import LabelledScan
from spgc.nets.slices.samples import Sample, labelled_slices, with_copies
from spgc.protocol import CLASSES, NORMAL
from spgc.systems.cnr_iemn.config import Config


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
    return [
        Sample(number, index, label)
        for number, scan in enumerate(scans)
        if scan.label != NORMAL or scan.case_id in normals
        for index, label in labelled_slices(scan, uninfected=config.uninfected_as_normal)
    ]


def images_per_epoch(samples: Sequence[Sample], config: Config) -> dict[str, int]:
    """Images by class that one epoch shows, augmented copies among them."""
    labels = Counter(sample.label for sample, _ in with_copies(samples, config.copies))
    return {name: labels[number] for number, name in enumerate(CLASSES)}
