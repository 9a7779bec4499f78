"""Sources of the figures: data folder, slice store, model, runs, submissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import KnownCase
from spgc.contract.system import RunSettings, System
from spgc.ct.lungs import DEFAULT_LUNGS
from spgc.ct.patient_sides import sides_known
from spgc.ct.stored_scan import StoredScan
from spgc.data.layout import Dataset, open_dataset
from spgc.data.manifests import Case
from spgc.errors import DataError
from spgc.explain.classifier_map import RiseSettings
from spgc.jobs.progress import Track, silent
from spgc.report.pictures import verbatim
from spgc.runs.scans import known_scan
from spgc.text.command_lines import command_line

SPLITS_SEEN = ("val", "train")
"""Where examples are looked for: scans that no network learned from come first."""


@dataclass(frozen=True)
class Sources:
    """Places and choices of the user.

    runs: folder of `spgc reproduce`; submissions: files for the board; cases: to show, instead of
    those that each figure picks; lungs: method of the masks in figures without a model; examples:
    slices in a figure of heat maps.
    """

    data: Path = Path("data")
    store: Path = Path("store")
    model: Path = Path("model")
    runs: Path = Path("runs")
    manifests: Path | None = None
    submissions: tuple[Path, ...] = ()
    cases: tuple[str, ...] = ()
    lungs: str = DEFAULT_LUNGS
    examples: int = 2
    rise: RiseSettings = field(default_factory=RiseSettings)
    run: RunSettings = field(default_factory=RunSettings)
    track: Track = silent

    @cached_property
    def dataset(self) -> Dataset:
        return open_dataset(self.data, self.manifests)

    @cached_property
    def system(self) -> System:
        from spgc.systems.registry import load_system

        return load_system(self.model, self.run)

    def scan(self, case_id: str, lungs: str | None = None) -> tuple[StoredScan, KnownCase]:
        """A case's scan and what is known of it. Raises DataError when it is not there."""
        if not self.dataset.holds(case_id):
            raise DataError(
                "no such scan",
                where=self.data,
                found=repr(case_id),
                expected="a case of the data set",
                do=f"{command_line('spgc', 'data', 'check', self.data)} tells what is there",
            )
        return known_scan(self.dataset, case_id, self.store, lungs or self.lungs)

    def of_class(self, label: str, splits: Sequence[str] = SPLITS_SEEN) -> list[Case]:
        """The cases of a class that are there, in the order of `splits`; or those of `cases`."""
        if self.cases:
            named = [self.dataset.manifest.cases.get(name) for name in self.cases]
            return [case for case in named if case is not None and case.label == label]
        return [
            case
            for split in splits
            for case in self.dataset.cases(split)
            if case.label == label and case.case_id in self.dataset.folders
        ]

    def labelled(self, label: str) -> list[Case]:
        """As `of_class`, but only cases with slices labelled infected, unless they were named."""
        found = self.of_class(label)
        return (
            found
            if self.cases
            else [
                case
                for case in found
                if (marks := self.dataset.slice_labels(case.case_id)) is not None and marks.any()
            ]
        )


@dataclass(frozen=True)
class ShownSlice:
    """A slice to draw; hu, mask: (H, W); pixel_mm: (y, x); sides: as `sides_known` tells."""

    case: KnownCase
    index: int
    count: int
    hu: NDArray[np.int16]
    mask: NDArray[np.bool_]
    pixel_mm: tuple[float, float]
    sides: bool = True

    @property
    def title(self) -> str:
        """`COVID-19: P002, slice 70 of 133`."""
        label = self.case.label or "class unknown"
        return f"{label}: {verbatim(self.case.case_id)}, slice {self.index + 1} of {self.count}"


def shown(scan: StoredScan, case: KnownCase, index: int) -> ShownSlice:
    """Slice `index` of a scan, 0 at the head."""
    hu, mask = scan.slice(index)
    return ShownSlice(
        case, index, scan.n_slices, hu, mask, scan.spacing[1:], sides_known(scan.notes)
    )


def widest(scan: StoredScan, case: KnownCase) -> int:
    """The slice with most lung, of those labelled infected where there are any."""
    areas = scan.arrays()[1].sum(axis=(1, 2)).astype(np.int64)
    if case.infected is not None and case.infected.any():
        areas = np.where(case.infected.astype(bool), areas, -1)
    return int(areas.argmax())


def no_case(figure: str, wanted: str, sources: Sources) -> DataError:
    """Nothing to draw `figure` from."""
    named = f"--case {' --case '.join(sources.cases)}" if sources.cases else "the data folder"
    return DataError(
        f"nothing to draw figure {figure} from",
        where=sources.data,
        found=named,
        expected=wanted,
        do="spgc data check tells what is there; name scans with --case",
    )
