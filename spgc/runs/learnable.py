"""Which prepared scans may be learned from: slice labels that fit, and no scan twice.

A row of labels that does not fit its scan says that slices are missing or that the row is another
patient's. Either way neither the labels nor the scan can be trusted, so the scan is left out by
name, and the others go on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from spgc.data.layout import Dataset
from spgc.data.manifests import Case
from spgc.errors import DataError, SpgcError
from spgc.model.trained_on import voxel_hash
from spgc.runs.scans import Prepared, infected_slices


def learnable(dataset: Dataset, prepared: Prepared, cases: Sequence[Case]) -> Prepared:
    """`prepared` with the scans that can't be learned from among its failures, each with a reason.

    - a scan whose slice labels do not fit;
    - copies of one scan that have different classes, all of them;
    - a scan of another split that is a training scan as well;
    - a training scan that another one is a copy of: it would count twice, and be held out of a
      training that its copy is part of. The one with slice labels stays, or the first by case ID.

    Copies show the same, however their files are called and packed.

    Scans without a class are left as they are: nothing is learned from their labels.
    """
    known = [c for c in cases if c.label is not None and c.case_id in prepared.scans]
    failures: dict[str, SpgcError] = dict(_misfits(dataset, prepared, known))
    readable = [case for case in known if case.case_id not in failures]
    failures |= _copies(dataset, prepared, readable)
    return dataclasses.replace(
        prepared,
        scans={name: scan for name, scan in prepared.scans.items() if name not in failures},
        failures={**prepared.failures, **failures},
    )


def _misfits(
    dataset: Dataset, prepared: Prepared, cases: Sequence[Case]
) -> Mapping[str, SpgcError]:
    found: dict[str, SpgcError] = {}
    if dataset.label_source() is None:  # a damaged label file is no fault of one scan
        return found
    for case in cases:
        try:
            infected_slices(dataset, case.case_id, prepared.scans[case.case_id].n_slices)
        except DataError as error:
            found[case.case_id] = error
    return found


def _copies(dataset: Dataset, prepared: Prepared, cases: Sequence[Case]) -> Mapping[str, SpgcError]:
    groups: dict[str, list[Case]] = {}
    for case in cases:
        scan = prepared.scans[case.case_id]
        groups.setdefault(voxel_hash(scan) or scan.key, []).append(case)
    found: dict[str, SpgcError] = {}
    for group in groups.values():
        names = ", ".join(sorted(case.case_id for case in group))
        trained = [case.case_id for case in group if case.split == "train"]
        if len({case.label for case in group}) > 1:
            for case in group:
                found[case.case_id] = DataError(
                    f"{case.case_id} is the same scan as one of another class",
                    found=names,
                    expected="one class for one scan",
                    do="check which of the folders is right",
                )
        elif trained:
            kept = min(trained, key=lambda name: (dataset.slice_labels(name) is None, name))
            for case in group:
                if case.split != "train":
                    found[case.case_id] = DataError(
                        f"{case.case_id} of {case.split} is the same scan as a training scan",
                        found=names,
                        expected="scans that were not trained on",
                        do="remove one of the folders",
                    )
                elif case.case_id != kept:
                    found[case.case_id] = DataError(
                        f"{case.case_id} is the same scan as another training scan",
                        found=names,
                        expected="each scan once",
                        do="remove one of the folders",
                    )
    return found
