"""From a trained model to its int8 networks: which slices calibrate, which check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from spgc.contract.scan import NamedScan, Scan
from spgc.errors import DataError
from spgc.files.foreign_names import folder_in
from spgc.nets.engines.contract import BatchOwner, Networks, ScanBatch
from spgc.nets.engines.int8 import QuantisedNetwork, quantise
from spgc.nets.engines.int8_folder import FOLDER
from spgc.nets.slices.slice_places import EXTRA_INPUTS, position_inputs
from spgc.nets.slices.spec import SliceSpec

SlicePlace = tuple[str, Scan, int]
"""A slice: case ID, scan, index."""

CALIBRATION, CHECKS = 96, 480
"""Slices that calibrate and that check, at most (choice); NNCF's own advice is about 300 of the
former, but 96 from many scans left the same labels in our trial, in a third of the time."""

BATCH = 8


def quantise_slices(
    networks: Networks,
    spec: SliceSpec,
    folder: Path,
    calibrating: Sequence[NamedScan],
    checking: Sequence[NamedScan],
) -> Iterator[QuantisedNetwork]:
    """Write the int8 networks of the model in `folder` beside it; the result of each, in turn.

    calibrating: training scans; checking: others, as a rule those of validation, to whose slices
    come further ones of `calibrating` where they are few: a share of 99.5 % wants hundreds. Slices
    are taken evenly from all scans. Raises DataError when either is empty, UsageError without NNCF.
    """
    for use, scans in (("calibrate with", calibrating), ("check with", checking)):
        if not scans:
            raise DataError(f"no scan to {use}", where=folder, expected="train and val scans")
    calibration, others = spread(places_of(calibrating), CALIBRATION)
    checks, _ = spread(places_of(checking), CHECKS)
    checks += spread(others, CHECKS - len(checks))[0]
    cases = {"calibration": _names(calibration), "checks": _names(checks)}
    return quantise(
        networks,
        list(place_batches(calibration, spec)),
        list(place_batches(checks, spec)),
        folder_in(folder, FOLDER),
        cases,
    )


def places_of(scans: Sequence[NamedScan]) -> list[SlicePlace]:
    """Every slice of the scans."""
    return [(case, scan, k) for case, scan in scans for k in range(scan.n_slices)]


def spread(places: Sequence[SlicePlace], most: int) -> tuple[list[SlicePlace], list[SlicePlace]]:
    """At most `most` of the places, evenly spread over them, and the others."""
    count = min(most, len(places))
    chosen = set(np.linspace(0, len(places) - 1, count).round().astype(int)) if count else set()
    return (
        [place for number, place in enumerate(places) if number in chosen],
        [place for number, place in enumerate(places) if number not in chosen],
    )


def place_batches(places: Sequence[SlicePlace], spec: SliceSpec) -> Iterator[ScanBatch]:
    """The networks' inputs for these slices, `BATCH` at a time, the last batch filled up."""
    wanted = sorted(set(spec.sizes.values()))
    for start in range(0, len(places), BATCH):
        part = places[start : start + BATCH]
        images = {size: np.zeros((BATCH, 3, size, size), np.float32) for size in wanted}
        positions = np.zeros((BATCH, EXTRA_INPUTS), np.float32)
        for row, (_, scan, k) in enumerate(part):
            hu, mask = scan.slice(k)
            positions[row] = position_inputs(k, scan.n_slices)
            for size in wanted:
                images[size][row] = spec.images(hu, mask, size)
        owners = tuple(BatchOwner(case, scan.key, scan.n_slices) for case, scan, _ in part)
        yield ScanBatch(images, positions, owners)


def _names(places: Sequence[SlicePlace]) -> list[str]:
    return list(dict.fromkeys(case for case, _, _ in places))
