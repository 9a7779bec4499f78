"""What there is to train and check with, beside what the paper had (section 3.3)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spgc.protocol import CLASSES, SPLITS
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.published import (
    LABELLED_SCANS,
    TRAINING_IMAGES,
    TRAINING_SLICES,
    VALIDATION_SLICES,
)
from spgc.systems.cnr_iemn.samples import Sample, first_normals, images_per_epoch, slice_samples
from spgc.systems.contract import LabelledScan

ByClass = Mapping[str, int]


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
            f"{split} {s.case_id} {s.label} {s.scan.key} "
            + ("-" if s.infected is None else "".join(map(str, s.infected.tolist())))
            for split, scans in (("train", self.train), ("val", self.val))
            for s in scans
        ]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def cohort_of(train: Sequence[LabelledScan], val: Sequence[LabelledScan], config: Config) -> Cohort:
    """The slices that `config` trains and checks on."""
    normals = first_normals([*train, *val], config.normal_scans)
    return Cohort(
        train, val, slice_samples(train, normals, config), slice_samples(val, normals, config)
    )


@dataclass(frozen=True)
class Count:
    """How many of one class there are here, and in the paper, None where it does not say."""

    what: str
    label: str
    here: int
    paper: int | None

    def as_dict(self) -> dict[str, Any]:
        return {"what": self.what, "class": self.label, "here": self.here, "paper": self.paper}


SCANS, LABELLED, SLICES, IMAGES = "scans", "labelled scans", "slices", "with copies"
"""What is counted; "with copies" are the images of one epoch."""


def count_cohort(cohort: Cohort, config: Config) -> tuple[Count, ...]:
    """Counts by class of both splits, in reading order."""
    copies: ByClass = TRAINING_IMAGES if any(config.copies) else TRAINING_SLICES
    counts = [
        *_split_counts("train", cohort.train, cohort.samples, TRAINING_SLICES),
        *_counts(f"train {IMAGES}", images_per_epoch(cohort.samples, config), copies),
        *_split_counts("val", cohort.val, cohort.checks, VALIDATION_SLICES),
    ]
    return tuple(counts)


def _split_counts(
    split: str,
    scans: Sequence[LabelledScan],
    samples: Sequence[Sample],
    slices: Mapping[str, int | None],
) -> list[Count]:
    used = {sample.scan for sample in samples}
    return [
        *_counts(f"{split} {SCANS}", Counter(scan.label for scan in scans),
                 dict(zip(CLASSES, SPLITS[split].counts, strict=True))),
        *_counts(f"{split} {LABELLED}", Counter(scans[number].label for number in used),
                 LABELLED_SCANS[split]),
        *_counts(f"{split} {SLICES}", Counter(CLASSES[sample.label] for sample in samples),
                 slices),
    ]  # fmt: skip


def _counts(what: str, here: ByClass, paper: Mapping[str, int | None]) -> list[Count]:
    return [Count(what, name, here.get(name, 0), paper[name]) for name in CLASSES]


def missing_scans(counts: Sequence[Count]) -> list[str]:
    """A line for each split and class that lacks scans of the challenge."""
    return [
        f"{count.what.split()[0]}: {count.paper - count.here} of {count.paper} "
        f"{count.label} scans are missing"
        for count in counts
        if count.what.split(maxsplit=1)[1] == SCANS
        and count.paper is not None
        and count.here < count.paper
    ]
