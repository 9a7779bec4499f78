"""Which slices TheSaviours' networks learn from: infected ones inside the window, and normals'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import LabelledScan
from spgc.nets.slices.samples import Sample
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL
from spgc.systems.thesaviours.settings import AS_RELEASED, Settings
from spgc.systems.thesaviours.windows import training_window

PseudoLabels = Mapping[str, Sequence[int]]
"""By case ID of scans without slice labels: the slices that stage 1 calls infected."""

_NEGATIVES, _CHECKS, _ROUND = 1, 2, 3
"""Streams of random numbers that must not run alike."""

CHECK_SHARE = 0.2
"""Of the slices of stage 1 (covidNormal.py, `test_size`): they decide nothing."""


def infected_in_window(scan: LabelledScan, slice_labels: str) -> list[int]:
    """Slices inside the window that a radiologist marked; none where nobody labelled slices.

    slice_labels: "as-released" reads the labels, which count from the head, as if they counted from
    the feet.
    """
    if scan.infected is None:
        return []
    marks = scan.infected[::-1] if slice_labels == AS_RELEASED else scan.infected
    return [index for index in training_window(scan.scan.n_slices) if marks[index]]


def normal_slices(scans: Sequence[LabelledScan]) -> list[Sample]:
    """All slices of the normal scans."""
    normal = CLASSES.index(NORMAL)
    return [
        Sample(number, index, normal)
        for number, scan in enumerate(scans)
        if scan.label == NORMAL
        for index in range(scan.scan.n_slices)
    ]


def binary_samples(
    scans: Sequence[LabelledScan], label: str, settings: Settings
) -> tuple[list[Sample], list[Sample]]:
    """What the network of stage 1 for the class `label` learns from, and what it is checked with.

    The marked slices of that class inside the window, and as many drawn with replacement from all
    slices of normal scans; a fifth of both is for the checks. Slices are dealt out, not scans: a
    patient can be on both sides, as in their code. Empty without marked or without normal slices.
    """
    kind = CLASSES.index(label)
    positives = [
        Sample(number, index, kind)
        for number, scan in enumerate(scans)
        if scan.label == label
        for index in infected_in_window(scan, settings.slice_labels)
    ]
    normals = normal_slices(scans)
    if not positives or not normals:
        return [], []
    drawn = _random(settings.seed, _NEGATIVES, kind).integers(len(normals), size=len(positives))
    samples = positives + [normals[index] for index in drawn]
    order = _random(settings.seed, _CHECKS, kind).permutation(len(samples))
    checks = {int(index) for index in order[: round(CHECK_SHARE * len(samples))]}
    return (
        [sample for number, sample in enumerate(samples) if number not in checks],
        [sample for number, sample in enumerate(samples) if number in checks],
    )


def unmarked(scans: Sequence[LabelledScan], label: str, settings: Settings) -> list[LabelledScan]:
    """Scans of a class whose slices nobody labelled and stage 1 has to label."""
    if label == NORMAL or (label == CAP and not settings.cap_pseudo_labels):
        return []
    return [scan for scan in scans if scan.label == label and scan.infected is None]


def class_samples(
    scans: Sequence[LabelledScan], pseudo: PseudoLabels, settings: Settings
) -> list[Sample]:
    """Every slice that stage 2 can learn from, with its class, in the order of `scans`."""
    samples = normal_slices(scans)
    for number, scan in enumerate(scans):
        if scan.label != NORMAL:
            marked = infected_in_window(scan, settings.slice_labels)
            chosen = marked if scan.infected is not None else pseudo.get(scan.case_id, ())
            kind = CLASSES.index(scan.label)
            samples += [Sample(number, index, kind) for index in chosen]
    return sorted(samples, key=lambda sample: (sample.scan, sample.index))


@dataclass(frozen=True)
class Rounds:
    """The samples of each epoch: all CAP slices; COVID-19 and normal ones drawn for its round.

    pool: all slices of stage 2; draws: how many of either class, with replacement; epochs: of one
    round, through which the draw stays.
    """

    pool: tuple[Sample, ...]
    draws: int
    epochs: int
    seed: int

    def __call__(self, epoch: int) -> list[Sample]:
        """Of an epoch, 0 for the first: the same ones whenever it is asked."""
        number = epoch // self.epochs
        samples = self._of(CAP)
        for label in (COVID19, NORMAL):
            found = self._of(label)
            random = _random(self.seed, _ROUND, number, CLASSES.index(label))
            samples += [found[index] for index in random.integers(len(found), size=self.draws)]
        return samples

    def _of(self, label: str) -> list[Sample]:
        kind = CLASSES.index(label)
        return [sample for sample in self.pool if sample.label == kind]


def counts_by_class(samples: Sequence[Sample]) -> NDArray[np.int64]:
    """(3,): samples of each class in the order of `CLASSES`."""
    labels = np.array([sample.label for sample in samples], np.int64)
    return np.bincount(labels, minlength=len(CLASSES)).astype(np.int64)


def _random(*entropy: int) -> np.random.Generator:
    return np.random.default_rng(entropy)
