"""A baseline row for each table: logistic regression on histograms of lung density.

The paper has no such row. It shows how much of a figure needs a network at all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.logistic import LogisticRegression, fit_logistic
from spgc.contract.scan import LabelledScan, Scan
from spgc.jobs.progress import Track
from spgc.paper.cohort_counts import Cohort
from spgc.paper.scan_answers import ScanAnswers, scan_classes
from spgc.paper.slice_answers import SliceAnswers, answers_for
from spgc.protocol import CLASSES
from spgc.systems.density.features import (
    DensityFeatures,
    density_counts,
    density_features,
    slice_features,
)
from spgc.systems.density.system import DensitySettings

NAME, CLASSIFIER = "density", "logistic"


def density_slices(cohort: Cohort, track: Track) -> SliceAnswers | None:
    """Learnt from the training slices as they are, without copies, asked about the checks.

    None when a class has no training slice.
    """
    settings = DensitySettings()
    learnt = np.stack(
        [
            slice_features(cohort.train[s.scan].scan, s.index, settings.bin_width)
            for s in track(cohort.samples, "density of training slices", len(cohort.samples))
        ]
    )
    classes = np.array([sample.label for sample in cohort.samples], np.int64)
    if _lacks_a_class(learnt, classes):
        return None
    model = _fit(learnt, classes, settings)
    rows = [
        model.probabilities(slice_features(cohort.val[s.scan].scan, s.index, settings.bin_width))
        for s in track(cohort.checks, "density of checked slices", len(cohort.checks))
    ]
    return answers_for(cohort.val, cohort.checks, np.array(rows, np.float32))


def density_scans(cohort: Cohort, answers: ScanAnswers, track: Track) -> NDArray[np.int64] | None:
    """Class indices (N,) of the validation scans, in the order of `answers`.

    None when a class has no training scan with lung.
    """
    settings = DensitySettings()
    learnt = np.stack([_scan(s, settings) for s in track(cohort.train, "density", None)])
    classes = scan_classes(cohort.train)
    if _lacks_a_class(learnt, classes):
        return None
    model = _fit(learnt, classes, settings)
    by_case = {
        scan.case_id: int(model.probabilities(_scan(scan, settings)).argmax())
        for scan in cohort.val
    }
    return np.array([by_case[case] for case in answers.cases], np.int64)


def _scan(scan: LabelledScan, settings: DensitySettings) -> DensityFeatures:
    whole: Scan = scan.scan
    return density_features(density_counts(whole), settings.bin_width)


def _lacks_a_class(rows: DensityFeatures, classes: NDArray[np.int64]) -> bool:
    return len(set(classes[np.isfinite(rows).all(axis=1)])) < len(CLASSES)


def _fit(
    rows: DensityFeatures, classes: NDArray[np.int64], settings: DensitySettings
) -> LogisticRegression:
    return fit_logistic(rows, classes, settings.inverse_penalty, settings.seed)
