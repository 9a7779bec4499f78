"""The plan of a cohort: its phantoms, where each one lies, and from which seed it is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np

from spgc.data.case_names import PHANTOM_PREFIX
from spgc.data.manifests import SYNTHETIC_LABEL, Case
from spgc.errors import UsageError
from spgc.phantoms.conditions import Conditions, Grade, Range
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL, SPLITS, splits_named

Layout = Literal["challenge", "figshare"]

CLASS_FOLDERS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "challenge": {COVID19: "COVID-19 subjects", CAP: "Cap subjects", NORMAL: "Normal subjects"},
        "figshare": {COVID19: "COVID-19 Cases", CAP: "Cap Cases", NORMAL: "Normal Cases"},
    }
)
"""Folder names of the two releases."""

_ID_STEMS = {COVID19: "P", CAP: "cap", NORMAL: "normal"}


@dataclass(frozen=True)
class CohortPlan:
    """How many scans per class (in `CLASSES` order) each split gets, and how large they are.

    `slices` spreads so many slices (from, to) over each chest; None leaves them as close as they
    are thick. `labelled` is the share of infected training and validation scans with slice and
    lobe labels: as in the real release, only some have them. `severity`, `variety` and `extent`
    grade every scan (`Grade`). `conditions` by split; a split
    without any is scanned like the training set.
    """

    counts: Mapping[str, tuple[int, int, int]]
    slices: tuple[int, int] | None = (20, 24)
    size: int = 512
    labelled: float = 0.5
    severity: float = 1.0
    variety: float = 1.0
    extent: Range | None = None
    layout: Layout = "challenge"
    conditions: Mapping[str, Conditions] = field(default_factory=dict)

    def grade(self, turn: float) -> Grade:
        """How hard a scan is to tell.

        `turn` is its own, and used with an `extent` only: cohorts without one stay as they were.
        """
        return Grade(self.severity, self.variety, self.extent, turn if self.extent else None)

    def only(self, splits: Sequence[str]) -> CohortPlan:
        """The same plan with some of its splits; their scans stay the same.

        Splits go by their names or aliases. Raises UsageError for one that the plan lacks.
        """
        splits = [one for name in splits for one in splits_named(name, tuple(self.counts))]
        if lacking := [name for name in splits if name not in self.counts]:
            raise UsageError(
                "the cohort has no such split",
                found=lacking[0],
                expected=" | ".join(self.counts),
                do="name another --size or --split",
            )
        kept = {name: self.counts[name] for name in self.counts if name in splits}
        return replace(self, counts=kept)


@dataclass(frozen=True)
class PhantomJob:
    """One scan to draw: `key` makes its random streams, `turn` decides its stage or pattern."""

    case: Case
    label: str
    folder: Path
    key: tuple[int, int]
    labelled: bool
    turn: float

    def rng(self, seed: int) -> np.random.Generator:
        """The scan's own stream: the same whatever else is drawn, in whatever order."""
        sequence = np.random.SeedSequence(seed, spawn_key=self.key)
        return np.random.Generator(np.random.PCG64(sequence))


def list_jobs(root: Path, plan: CohortPlan, seed: int) -> list[PhantomJob]:
    """The scans of a cohort, splits in protocol order."""
    first = dict.fromkeys(CLASSES, 1)  # numbers run on from train to val, as in the release
    jobs: list[PhantomJob] = []
    for rank, split in enumerate(SPLITS):
        labels = _labels(plan.counts.get(split, (0, 0, 0)), split, rank, seed)
        for position, label in enumerate(labels, start=1):
            before = labels[: position - 1].count(label)
            case_id, folder = _place(root, plan, split, label, position, first[label] + before)
            case = Case(case_id, label, split, f"spgc phantom, seed {seed}", SYNTHETIC_LABEL)
            labelled = _has_labels(split, label, before, labels.count(label), plan.labelled)
            jobs.append(
                PhantomJob(
                    case,
                    label,
                    folder,
                    (rank, position),
                    labelled,
                    _turn(seed, rank, label, before),
                )
            )
        if not split.startswith("test"):
            first = {label: n + labels.count(label) for label, n in first.items()}
    return jobs


def _turn(seed: int, rank: int, label: str, before: int) -> float:
    """Spread evenly over the scans of a class, and over its first ones as well.

    The van der Corput sequence in base 2, from a random start.
    """
    start = np.random.SeedSequence(seed, spawn_key=(rank, 0, CLASSES.index(label)))
    turn, bit, left = start.generate_state(1)[0] / 2**32, 0.5, before
    while left:
        turn += bit * (left & 1)
        bit, left = bit / 2, left >> 1
    return float(turn % 1)


def _labels(counts: tuple[int, int, int], split: str, rank: int, seed: int) -> list[str]:
    labels = [label for label, n in zip(CLASSES, counts, strict=True) for _ in range(n)]
    if not split.startswith("test"):
        return labels
    sequence = np.random.SeedSequence(seed, spawn_key=(rank, 0))
    order = np.random.Generator(np.random.PCG64(sequence)).permutation(len(labels))
    return [labels[i] for i in order]  # test IDs must not give the class away


def _has_labels(split: str, label: str, before: int, of: int, share: float) -> bool:
    return not split.startswith("test") and label != NORMAL and before < share * of


def _place(
    root: Path, plan: CohortPlan, split: str, label: str, position: int, number: int
) -> tuple[str, Path]:
    if split.startswith("test"):
        digit = split.removeprefix("test")
        case_id = f"{PHANTOM_PREFIX}T{digit}-{position:03d}"
        return case_id, root / "Test_Data" / f"Test-{digit}" / case_id
    case_id = f"{PHANTOM_PREFIX}{_ID_STEMS[label]}{number:03d}"
    return case_id, root / CLASS_FOLDERS[plan.layout][label] / case_id
