"""Check how scans are read: three phantoms from DICOM to network input, slice by slice.

Accuracy alone can hide a scan that is read feet first or labels that slipped by a slice: a
classifier fitted on such scans learns them so. What each slice looks like can't.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spgc.contract.scan import LabelledScan
from spgc.ct.slice_images import HU_RANGE, stack
from spgc.ct.store import SliceStore
from spgc.data.layout import open_dataset
from spgc.phantoms.cohort import write_cohort
from spgc.phantoms.plan import CohortPlan
from spgc.runs.scans import labelled_scans, prepare

PHANTOMS = CohortPlan({"train": (1, 1, 1)}, slices=(10, 12), size=128, labelled=1.0)
"""Three small phantoms, one of each class, drawn with `SEED`."""

SEED = 20210606

LUNG_TOLERANCE, MEAN_TOLERANCE = 0.02, 0.002
"""Share of a slice's lung pixels, and grey level of 0 to 1, by which machines may differ."""


def read_phantoms() -> dict[str, Any]:
    """Draw the phantoms, read them as any scan, and describe each slice from head to feet."""
    with tempfile.TemporaryDirectory(prefix="spgc-") as place:
        root = Path(place) / "phantoms"
        write_cohort(root, PHANTOMS, seed=SEED)
        dataset = open_dataset(root)
        cases = dataset.cases("train")
        prepared = prepare(dataset, cases, SliceStore(Path(place) / "store"))
        scans = labelled_scans(dataset, prepared, cases)
        return {scan.case_id: describe_scan(scan) for scan in scans}


def describe_scan(scan: LabelledScan) -> dict[str, Any]:
    hu, mask = scan.scan.arrays()
    images = stack(hu, mask, HU_RANGE)
    return {
        "class": scan.label,
        "spacing": [round(step, 4) for step in scan.scan.spacing],
        "infected": None if scan.infected is None else scan.infected.tolist(),
        "lung_pixels": mask.sum(axis=(1, 2)).tolist(),
        "channel_means": np.round(images.mean(axis=(2, 3)), 4).tolist(),
    }


def check_reading(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What differs between the baseline's description of the phantoms and today's."""
    if set(before) != set(now):
        yield f"phantoms read are {', '.join(sorted(now))}, were {', '.join(sorted(before))}"
        return
    for case, was in before.items():
        yield from (f"{case} as read: {finding}" for finding in _differences(was, now[case]))


def _differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in ("class", "spacing"):
        if was[name] != now[name]:
            yield f"{name} is {now[name]}, was {was[name]}"
    if was["infected"] != now["infected"]:
        yield f"slice labels are {_line(now['infected'])}, were {_line(was['infected'])}"
    areas, means = _moved(was, now)
    if areas or means:
        turned = _reversed(was)
        backwards = not any(_moved(turned, now))
        yield (
            "slices are in the opposite order, feet first"
            if backwards
            else f"lungs differ in {areas} and grey levels in {means} of "
            f"{len(was['lung_pixels'])} slices"
        )


def _moved(was: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[int, int]:
    """Slices whose lung area, and whose channel means, are outside the tolerances."""
    a, b = (np.array(part["lung_pixels"], float) for part in (was, now))
    x, y = (np.array(part["channel_means"], float) for part in (was, now))
    if a.shape != b.shape or x.shape != y.shape:
        return len(a), len(a)
    areas = np.abs(a - b) > LUNG_TOLERANCE * np.maximum(a, 100)
    means = (np.abs(x - y) > MEAN_TOLERANCE).any(axis=1)
    return int(areas.sum()), int(means.sum())


def _reversed(was: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "lung_pixels": was["lung_pixels"][::-1],
        "channel_means": was["channel_means"][::-1],
    }


def _line(labels: Sequence[int] | None) -> str:
    return "unknown" if labels is None else "".join(map(str, labels))
