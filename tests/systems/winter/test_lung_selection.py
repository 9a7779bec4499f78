"""Which slices answer and teach: area rule, resampling, and labels that follow the slices."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spgc.contract.scan import LabelledScan
from spgc.jobs.progress import silent
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL
from spgc.systems.winter.lung_selection import (
    back_to_stored,
    labelled_with_lung,
    look_at,
    seen,
    seen_labels,
)
from spgc.systems.winter.winter_settings import Settings
from tests.systems.small.scans import ArrayScan

AS_THEY_ARE = Settings(slice_mm=None)
SIZE = 32
PER_PIXEL = (512 // SIZE) ** 2


def scan_with(*areas: int, spacing: float = 2.0) -> ArrayScan:
    """Slices of 32 × 32 with so many pixels of lung."""
    mask = np.zeros((len(areas), SIZE * SIZE), bool)
    for row, area in zip(mask, areas, strict=True):
        row[:area] = True
    rng = np.random.default_rng(sum(areas))
    hu = rng.integers(-900, 100, (len(areas), SIZE, SIZE)).astype(np.int16)
    return ArrayScan(hu, mask.reshape(hu.shape), (spacing, 0.7, 0.7))


def test_slices_with_more_lung_than_the_threshold_answer() -> None:
    """5000 pixels of 512 × 512 are 19.5 of 32 × 32."""
    looked = look_at(scan_with(0, 19, 20, 300, 7), AS_THEY_ARE)
    assert (looked.kept, looked.poor) == ((2, 3), False)
    assert looked.answering().n_slices == 2
    assert looked.parts() == [(2, 3), (0, 1, 4)]


def test_without_such_a_slice_those_with_most_lung_answer() -> None:
    looked = look_at(scan_with(0, 3, 19, 5, 7), AS_THEY_ARE)
    assert (looked.kept, looked.poor) == ((2, 3, 4), True)
    assert look_at(scan_with(1, 2), AS_THEY_ARE).kept == (0, 1)


def test_without_a_threshold_all_slices_answer() -> None:
    looked = look_at(scan_with(0, 19, 20), dataclasses.replace(AS_THEY_ARE, area_threshold=None))
    assert (looked.kept, looked.parts()) == ((0, 1, 2), [(0, 1, 2)])


def labelled(label: str, infected: list[int] | None, *areas: int) -> LabelledScan:
    marks = None if infected is None else np.array(infected, np.uint8)
    return LabelledScan(label, scan_with(*areas), label, marks)


@pytest.mark.parametrize(
    ("negatives", "more"), [("normals", []), ("with-uninfected", [(1, 1), (2, 2)])]
)
def test_what_teaches(negatives: str, more: list[tuple[int, int]]) -> None:
    """Normal slices of normal patients, infected ones of others; uninfected ones if asked for."""
    settings = dataclasses.replace(AS_THEY_ARE, negatives=negatives)
    scans = [
        labelled(NORMAL, None, 0, 50, 50),
        labelled(COVID19, [1, 0, 1], 50, 50, 3),
        labelled(CAP, [0, 1, 0], 0, 50, 50),
        labelled(COVID19, None, 50, 50),
    ]
    samples = labelled_with_lung(scans, settings, silent)
    by_class = {
        name: [(s.scan, s.index) for s in samples if CLASSES[s.label] == name] for name in CLASSES
    }
    assert by_class[COVID19] == [(1, 0)]
    assert by_class[CAP] == [(2, 1)]
    assert by_class[NORMAL] == [(0, 1), (0, 2), *more]


def test_labels_follow_resampled_slices() -> None:
    """4 mm to 2 mm: from the feet, every stored slice and the point between it and the next.

    The uppermost lies half a slice beyond the scan, where nothing is.
    """
    scan = LabelledScan("P1", scan_with(9, 9, 9, spacing=4.0), COVID19, np.array([1, 0, 1]))
    made = seen_labels(scan, Settings())
    assert made.scan.n_slices == 6
    assert made.infected is not None
    assert made.infected.tolist() == [0, 1, 1, 0, 0, 1]
    assert back_to_stored(scan.scan, made.scan).tolist() == [1, 3, 5]
    assert seen(scan.scan, AS_THEY_ARE) is scan.scan
    assert seen_labels(dataclasses.replace(scan, infected=None), Settings()).infected is None
