"""Scans and labelled slices to train and check on, counted here and in the paper (section 3.3)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spgc.contract.scan import LabelledScan, in_case_order
from spgc.model.trained_on import slice_marks
from spgc.nets.slices.samples import Sample
from spgc.paper.printed_numbers import (
    LABELLED_SCANS,
    TRAINING_IMAGES,
    TRAINING_SLICES,
    VALIDATION_SLICES,
)
from spgc.protocol import CLASSES, SPLITS
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.learnt_slices import first_normals, images_per_epoch, slice_samples


@dataclass(frozen=True)
class Cohort:
    """Scans of both splits and the labelled slices that a configuration takes from them."""

    train: Sequence[LabelledScan]
    val: Sequence[LabelledScan]
    samples: Sequence[Sample]
    checks: Sequence[Sample]

    @property
    def synthetic(self) -> bool:
        return any(scan.synthetic for scan in (*self.train, *self.val))

    def digest(self) -> str:
        """SHA-256 of cases, classes, slice labels and the scans' keys."""
        lines = [
            f"{split} {s.case_id} {s.label} {s.scan.key} {slice_marks(s)}"
            for split, scans in (("train", self.train), ("val", self.val))
            for s in scans
        ]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def cohort_of(train: Sequence[LabelledScan], val: Sequence[LabelledScan], config: Config) -> Cohort:
    """The slices that `config` trains and checks on; scans in the order of their case IDs."""
    train, val = in_case_order(train), in_case_order(val)
    normals = first_normals([*train, *val], config.normal_scans)
    return Cohort(
        train, val, slice_samples(train, normals, config), slice_samples(val, normals, config)
    )


SCANS, LABELLED, SLICES, IMAGES = "scans", "labelled scans", "slices", "with copies"
"""What is counted; "with copies" are the images of one epoch."""


@dataclass(frozen=True)
class Count:
    """How many of one class a split has here, and in the paper, None where it does not say."""

    split: str
    what: str
    label: str
    here: int
    paper: int | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "set": self.split,
            "what": self.what,
            "class": self.label,
            "here": self.here,
            "paper": self.paper,
        }


def count_cohort(cohort: Cohort, config: Config) -> tuple[Count, ...]:
    """Counts by class of both splits, in reading order."""
    copies = TRAINING_IMAGES if any(config.copies) else TRAINING_SLICES
    shown = images_per_epoch(cohort.samples, config)
    return (
        *_split_counts("train", cohort.train, cohort.samples, TRAINING_SLICES),
        *_counts("train", IMAGES, shown, copies),
        *_split_counts("val", cohort.val, cohort.checks, VALIDATION_SLICES),
    )


def _split_counts(
    split: str,
    scans: Sequence[LabelledScan],
    samples: Sequence[Sample],
    slices: Mapping[str, int | None],
) -> list[Count]:
    used = {sample.scan for sample in samples}
    all_scans = dict(zip(CLASSES, SPLITS[split].counts, strict=True))
    labelled = Counter(scans[number].label for number in used)
    return [
        *_counts(split, SCANS, Counter(scan.label for scan in scans), all_scans),
        *_counts(split, LABELLED, labelled, LABELLED_SCANS[split]),
        *_counts(split, SLICES, Counter(CLASSES[sample.label] for sample in samples), slices),
    ]


def _counts(
    split: str, what: str, here: Mapping[str, int], paper: Mapping[str, int | None]
) -> list[Count]:
    return [Count(split, what, name, here.get(name, 0), paper[name]) for name in CLASSES]


def untaught_classes(counts: Sequence[Count]) -> list[str]:
    """Classes without a slice to train on: no network can learn them here."""
    return [c.label for c in counts if (c.split, c.what) == ("train", SLICES) and not c.here]


def scans_here(counts: Sequence[Count]) -> tuple[int, int]:
    """Scans of both splits here and in the paper."""
    scans = [count for count in counts if count.what == SCANS]
    return sum(count.here for count in scans), sum(count.paper or 0 for count in scans)


def missing_scans(counts: Sequence[Count]) -> list[str]:
    """A line for each split and class that lacks scans of the challenge."""
    return [
        f"{c.split}: {c.paper - c.here} of {c.paper} {c.label} scans are missing"
        for c in counts
        if c.what == SCANS and c.paper is not None and c.here < c.paper
    ]
