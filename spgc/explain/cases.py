"""Cases of a data set as they are explained: the scan, and what is known of it."""

from __future__ import annotations

from pathlib import Path

from spgc.ct.preprocess import PreprocessSettings
from spgc.ct.store import SliceStore
from spgc.ct.stored_scan import StoredScan
from spgc.data.layout import Dataset
from spgc.explain.choice import KnownCase
from spgc.runs.scans import infected_slices, prepare


def known_scan(
    dataset: Dataset, case_id: str, store: Path, lungs: str
) -> tuple[StoredScan, KnownCase]:
    """One case of `dataset.folders`, brought into the store with masks of the method `lungs`.

    Raises SeriesError when it can't be read, DataError when its slice labels do not fit.
    """
    case = dataset.manifest[case_id]
    prepared = prepare(dataset, [case], SliceStore(store), PreprocessSettings(lung_method=lungs))
    for failure in prepared.failures.values():
        raise failure
    scan = prepared.scans[case_id]
    infected = infected_slices(dataset, case_id, scan.n_slices)
    return scan, KnownCase(case_id, case.label, infected, case.synthetic)
