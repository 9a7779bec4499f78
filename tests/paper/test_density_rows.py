"""The density baseline learns from histograms alone: dense lung is told from thin lung."""

import dataclasses

import numpy as np
import pytest

from spgc.contract.scan import LabelledScan
from spgc.jobs.progress import silent
from spgc.paper.cohort_counts import Cohort, cohort_of
from spgc.paper.density_rows import density_scans, density_slices
from spgc.paper.scan_answers import ScanAnswers, scan_classes
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL
from spgc.systems.cnr_iemn.config import Config
from tests.systems.small.scans import ArrayScan

HU = {COVID19: -600, CAP: -200, NORMAL: -850}


def scan(number: int, label: str, name: str) -> LabelledScan:
    """Six slices whose lung has the density of the class throughout."""
    rng = np.random.default_rng(number)
    hu = rng.normal(HU[label], 20, (6, 8, 8)).astype(np.int16)
    infected = None if label == NORMAL else np.ones(6, np.uint8)
    return LabelledScan(name, ArrayScan(hu, np.ones(hu.shape, bool)), label, infected)


def cohort(labels: tuple[str, ...] = CLASSES) -> Cohort:
    train = [scan(n, labels[n % len(labels)], f"t{n}") for n in range(9)]
    val = [scan(100 + n, CLASSES[n % 3], f"v{n}") for n in range(6)]
    return cohort_of(train, val, Config())


def test_slices_and_scans_are_told_by_their_density() -> None:
    made = cohort()
    slices = density_slices(made, silent)
    assert slices is not None
    assert len(slices.truth) == len(made.checks) == 36
    assert slices.predicted.tolist() == slices.truth.tolist()
    np.testing.assert_allclose(slices.probabilities.sum(axis=1), 1, atol=1e-6)
    val = list(reversed(made.val))
    asked = ScanAnswers(tuple(s.case_id for s in val), scan_classes(val), {})
    found = density_scans(made, asked, silent)
    assert found is not None
    assert found.tolist() == asked.truth.tolist()  # in the order that was asked for


@pytest.mark.parametrize("left", [(COVID19, CAP), (CAP, NORMAL)])
def test_a_class_without_training_has_no_row(left: tuple[str, ...]) -> None:
    made = cohort(left)
    made = dataclasses.replace(made, samples=[s for s in made.samples if CLASSES[s.label] in left])
    assert density_slices(made, silent) is None
    assert density_scans(made, ScanAnswers((), np.array([], int), {}), silent) is None
