"""Both patient classifiers on each backbone's features and on all of them (paper, Table 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.classifier import Features
from spgc.classifiers.groups import scan_features
from spgc.classifiers.kinds import KINDS
from spgc.contract.scan import LabelledScan
from spgc.files.csv_text import csv_text
from spgc.files.whole import write_text
from spgc.jobs.progress import Track
from spgc.paper.printed_numbers import ALL_FOUR
from spgc.protocol import CLASSES
from spgc.systems.cnr_iemn.system import CnrIemn


@dataclass(frozen=True)
class ScanAnswers:
    """`truth: (N,)` class indices of `cases`; `predicted` by features and classifier."""

    cases: tuple[str, ...]
    truth: NDArray[np.int64]
    predicted: Mapping[tuple[str, str], NDArray[np.int64]]

    def plus(self, name: tuple[str, str], labels: NDArray[np.int64]) -> ScanAnswers:
        """With the answers of one more system."""
        return ScanAnswers(self.cases, self.truth, {**self.predicted, name: labels})


def answer_scans(
    system: CnrIemn, train: Sequence[LabelledScan], val: Sequence[LabelledScan], track: Track
) -> ScanAnswers:
    """Fit on `train`, answer for `val`: one column of Table 5 per classifier, one row each."""
    learnt, asked = _features(system, train, track), _features(system, val, track)
    classes = scan_classes(train)
    predicted = {}
    for name in learnt:
        for kind in sorted(KINDS):  # SVM first, as in the table
            classifier = KINDS[kind]()
            classifier.fit(learnt[name], classes, system.config.seed)
            predicted[name, kind] = (
                classifier.predict(asked[name])[0] if val else np.empty(0, np.int64)
            )
    return ScanAnswers(tuple(scan.case_id for scan in val), scan_classes(val), predicted)


def feature_sets(backbones: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Rows of Table 5: each backbone alone, and all together where there are several."""
    alone = {name: (name,) for name in backbones}
    together = ALL_FOUR if len(backbones) == 4 else f"all {len(backbones)}"
    return alone | ({together: tuple(backbones)} if len(backbones) > 1 else {})


def _features(system: CnrIemn, scans: Sequence[LabelledScan], track: Track) -> dict[str, Features]:
    """(scans, features) by row of Table 5."""
    sets = feature_sets(system.config.backbones)
    rows: dict[str, list[Features]] = {name: [] for name in sets}
    for scan in track(scans, "features of scans", len(scans)):
        shares = system.slice_probabilities(scan.case_id, scan.scan)
        for name, backbones in sets.items():
            rows[name].append(scan_features(shares, backbones))
    return {name: np.array(found, np.float32) for name, found in rows.items()}


def scan_classes(scans: Sequence[LabelledScan]) -> NDArray[np.int64]:
    """Class indices (N,) of labelled scans."""
    return np.array([CLASSES.index(scan.label) for scan in scans], np.int64)


def write_scans(answers: ScanAnswers, path: Path) -> None:
    """Every answer as CSV, a row per scan, features and classifier."""
    rows = [("features", "classifier", "case", "truth", "label")]
    for (name, kind), labels in answers.predicted.items():
        for case, truth, label in zip(answers.cases, answers.truth, labels, strict=True):
            rows.append((name, kind, case, CLASSES[truth], CLASSES[label]))
    write_text(path, csv_text(rows))
