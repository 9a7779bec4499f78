"""Counts of scans, labelled scans, slices and images by class, here and in the paper."""

import dataclasses

import numpy as np
import pytest

from spgc.contract.scan import LabelledScan
from spgc.paper.cohort_counts import (
    IMAGES,
    LABELLED,
    SCANS,
    SLICES,
    Cohort,
    cohort_of,
    count_cohort,
    missing_scans,
    scans_here,
    untaught_classes,
)
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL
from spgc.systems.cnr_iemn.config import Config
from tests.paper.figures.made_sources import made_scan


@dataclasses.dataclass(frozen=True)
class Keyed:
    """A scan of four slices with a key."""

    key: str
    n_slices: int = 4


def scan(name: str, label: str, infected: list[int] | None = None) -> LabelledScan:
    marks = None if infected is None else np.array(infected, np.uint8)
    return LabelledScan(name, Keyed(name), label, marks)  # type: ignore[arg-type]


TRAIN = [
    scan("c2", COVID19),  # nobody labelled its slices
    scan("c1", COVID19, [1, 1, 1, 0]),
    scan("n2", NORMAL),
    scan("n1", NORMAL),
]
VAL = [scan("v1", CAP, [0, 0, 1, 1]), scan("v2", NORMAL)]
CONFIG = Config(copies=(3, 10, 0), normal_scans=2)


@pytest.fixture
def cohort() -> Cohort:
    return cohort_of(TRAIN, VAL, CONFIG)


def counted(cohort: Cohort) -> dict[tuple[str, str], list[int]]:
    counts = count_cohort(cohort, CONFIG)
    found: dict[tuple[str, str], list[int]] = {}
    for count in counts:
        found.setdefault((count.split, count.what), []).append(count.here)
    return found


def test_counts_by_hand(cohort: Cohort) -> None:
    """Of the normals the first two take part, train and val together; one slice of c1 is normal,
    two of v1; each of three COVID-19 slices comes with three copies."""
    assert counted(cohort) == {
        ("train", SCANS): [2, 0, 2],
        ("train", LABELLED): [1, 0, 2],
        ("train", SLICES): [3, 0, 9],
        ("train", IMAGES): [12, 0, 9],
        ("val", SCANS): [0, 1, 1],
        ("val", LABELLED): [0, 1, 0],
        ("val", SLICES): [0, 2, 2],
    }


def test_the_papers_counts_stand_beside_them(cohort: Cohort) -> None:
    """Section 3.3.1: 2,482 COVID-19, 742 CAP and 10,294 normal slices, 9,928 and 8,162 images."""
    counts = count_cohort(cohort, CONFIG)
    paper = {(c.split, c.what, c.label): c.paper for c in counts}
    assert [paper["train", SLICES, label] for label in CLASSES] == [2482, 742, 10294]
    assert [paper["train", IMAGES, label] for label in CLASSES] == [9928, 8162, 10294]
    assert [paper["train", SCANS, label] for label in CLASSES] == [116, 41, 52]
    assert paper["val", SLICES, NORMAL] is None
    assert sum(paper["val", SCANS, label] or 0 for label in CLASSES) == 98
    plain = count_cohort(cohort, dataclasses.replace(CONFIG, copies=(0, 0, 0)))
    assert [c.paper for c in plain if c.what == IMAGES] == [2482, 742, 10294]


def test_what_is_missing_is_said(cohort: Cohort) -> None:
    counts = count_cohort(cohort, CONFIG)
    assert untaught_classes(counts) == [CAP]
    here, paper = scans_here(counts)
    assert here == 6
    lines = missing_scans(counts)
    assert "train: 41 of 41 CAP scans are missing" in lines
    assert sum(int(line.split()[1]) for line in lines) == paper - here


def test_the_digest_follows_labels_and_scans_not_their_order(cohort: Cohort) -> None:
    assert cohort_of(TRAIN[::-1], VAL[::-1], CONFIG).digest() == cohort.digest()
    other = [scan("c1", COVID19, [1, 1, 0, 0]), *TRAIN[2:], TRAIN[0]]
    assert cohort_of(other, VAL, CONFIG).digest() != cohort.digest()
    assert cohort_of(VAL, TRAIN, CONFIG).digest() != cohort.digest()


def test_one_phantom_makes_a_cohort_synthetic(cohort: Cohort) -> None:
    assert not cohort.synthetic
    phantom = dataclasses.replace(VAL[0], synthetic=True, scan=made_scan(0))
    assert dataclasses.replace(cohort, val=[phantom]).synthetic
