"""Scans of a data folder brought into the slice store, with the labels to learn from.

A scan that fails doesn't stop the others: at the end stands which failed, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import KnownCase, LabelledScan
from spgc.ct.preprocess import PreprocessReport, preprocess
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.store import SliceStore
from spgc.ct.stored_scan import StoredScan
from spgc.data.layout import Dataset
from spgc.data.manifests import Case
from spgc.errors import DataError, SpgcError, StoreError
from spgc.jobs.progress import Track, silent
from spgc.runs.lung_settings import lung_settings


@dataclass(frozen=True)
class Prepared:
    """Scans in the store, and what became of the others.

    `missing` are cases of the manifest without a folder; `failures` and `notes` by case ID.
    """

    scans: Mapping[str, StoredScan]
    missing: tuple[str, ...] = ()
    failures: Mapping[str, SpgcError] = field(default_factory=dict)
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def remarks(self) -> dict[str, list[str]]:
        """Notes by case ID, of the scans that have any, ready for JSON."""
        return {case: list(notes) for case, notes in self.notes.items() if notes}


def prepare(
    dataset: Dataset,
    cases: Iterable[Case],
    store: SliceStore,
    settings: PreprocessSettings | None = None,
    *,
    jobs: int = 1,
    track: Track = silent,
) -> Prepared:
    """Bring the scans of `cases` into the store; scans that are there already are reused."""
    wanted = [case.case_id for case in cases]
    folders = dataset.sources(wanted)
    report = preprocess(folders, store, settings, jobs, track)
    return prepared_of(report, store, tuple(name for name in wanted if name not in folders))


def prepared_of(
    report: PreprocessReport,
    store: SliceStore,
    missing: tuple[str, ...],
    known: Mapping[str, StoredScan] = MappingProxyType({}),
) -> Prepared:
    """The scans that a report speaks of; one that can't be read after all is a failure.

    known: those that have been read already, by case ID.
    """
    scans, failures = {}, dict(report.failures)
    for name, key in report.keys.items():
        try:
            scans[name] = known[name] if name in known else store.read(name, key)
        except StoreError as error:
            failures[name] = error
    return Prepared(scans, missing, failures, report.notes)


def known_scan(
    dataset: Dataset, case_id: str, store: Path, lungs: str
) -> tuple[StoredScan, KnownCase]:
    """One case of `dataset.folders`, brought into the store with masks of the method `lungs`.

    Raises SeriesError when it can't be read, DataError when its slice labels do not fit.
    """
    case = dataset.manifest[case_id]
    prepared = prepare(dataset, [case], SliceStore(store), lung_settings(lungs))
    for failure in prepared.failures.values():
        raise failure
    scan = prepared.scans[case_id]
    infected = infected_slices(dataset, case_id, scan.n_slices)
    return scan, KnownCase(case_id, case.label, infected, case.synthetic)


def labelled_scans(
    dataset: Dataset, prepared: Prepared, cases: Iterable[Case]
) -> list[LabelledScan]:
    """The prepared scans of `cases` whose class is known, with their slice labels."""
    return [
        LabelledScan(
            case.case_id,
            prepared.scans[case.case_id],
            case.label,
            infected_slices(dataset, case.case_id, prepared.scans[case.case_id].n_slices),
            case.synthetic,
        )
        for case in cases
        if case.label is not None and case.case_id in prepared.scans
    ]


def infected_slices(dataset: Dataset, case_id: str, slices: int) -> NDArray[np.uint8] | None:
    """Slice labels cut to the scan's slices: label arrays are padded with zeros at the end.

    Raises DataError when a slice is labelled infected that the scan does not have.
    """
    labels = dataset.slice_labels(case_id)
    if labels is None:
        return None
    if labels[slices:].any() or len(labels) < slices:
        last = int(np.flatnonzero(labels)[-1]) + 1 if labels.any() else 0
        raise DataError(
            f"slice labels of {case_id} do not fit its scan",
            where=dataset.root,
            found=f"{len(labels)} labels, the last infected slice is number {last}; "
            f"the scan has {slices} slices",
            expected="a label for every slice and none beyond",
            do="spgc data check names the label file; check whether slices are missing",
        )
    return labels[:slices].astype(np.uint8)
