"""Answers of a trained network to the labelled validation slices (paper, Figures 6 to 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import LabelledScan
from spgc.files.csv_text import csv_text
from spgc.files.whole import write_text
from spgc.jobs.progress import Track
from spgc.nets.slices.predictor import SlicePredictor
from spgc.nets.slices.samples import Sample
from spgc.paper.comparison import slice_interval
from spgc.protocol import CLASSES, PROBABILITY_COLUMNS
from spgc.scoring.counts import Confusion, Rate, confusion_of
from spgc.scoring.intervals import Interval


@dataclass(frozen=True)
class SliceAnswers:
    """One backbone's answers: `cases` and `slices` name them, `truth: (N,)` class indices,
    `probabilities: (N, 3)` in `CLASSES` order.
    """

    cases: tuple[str, ...]
    slices: tuple[int, ...]
    truth: NDArray[np.int64]
    probabilities: NDArray[np.float32]

    @property
    def predicted(self) -> NDArray[np.int64]:
        """(N,) class indices."""
        return np.asarray(self.probabilities.argmax(axis=1), np.int64)

    def confusion(self) -> Confusion:
        return confusion_of(self.truth, self.predicted, len(CLASSES))

    def rate(self, label: str | None = None) -> tuple[Rate, Interval | None]:
        """Right slices, of one true class or of all, with their interval."""
        wanted = slice(None) if label is None else self.truth == CLASSES.index(label)
        right = (self.predicted == self.truth)[wanted]
        interval = slice_interval(np.asarray(self.cases)[wanted].tolist(), right.tolist())
        return Rate(int(right.sum()), len(right)), interval


def answer_slices(
    backbone: str,
    predictor: SlicePredictor,
    scans: Sequence[LabelledScan],
    samples: Sequence[Sample],
    track: Track,
) -> SliceAnswers:
    """Answers for the samples; whole scans are predicted, so that they are kept for Table 5."""
    numbers = sorted({sample.scan for sample in samples})
    by_scan = {
        number: predictor.predict(scans[number].case_id, scans[number].scan)[backbone]
        for number in track(numbers, f"checking {backbone}", len(numbers))
    }
    rows = [by_scan[sample.scan][sample.index] for sample in samples]
    return answers_for(scans, samples, np.array(rows, np.float32))


def answers_for(
    scans: Sequence[LabelledScan], samples: Sequence[Sample], probabilities: NDArray[np.float32]
) -> SliceAnswers:
    """The answers (N, 3) to `samples` of `scans`, with their cases and truth."""
    return SliceAnswers(
        cases=tuple(scans[sample.scan].case_id for sample in samples),
        slices=tuple(sample.index for sample in samples),
        truth=np.array([sample.label for sample in samples], np.int64),
        probabilities=probabilities.reshape(-1, len(CLASSES)),
    )


def write_slices(answers: Mapping[str, SliceAnswers], path: Path) -> None:
    """Every answer as CSV, a row per backbone and slice; `slice` counts from 1 at the head."""
    columns = [PROBABILITY_COLUMNS[name] for name in CLASSES]
    rows: list[tuple[object, ...]] = [("backbone", "case", "slice", "truth", "label", *columns)]
    for backbone, found in answers.items():
        parts = (found.cases, found.slices, found.truth, found.predicted, found.probabilities)
        for case, number, truth, label, shares in zip(*parts, strict=True):
            cells = (f"{share:.6f}" for share in shares)
            rows.append((backbone, case, number + 1, CLASSES[truth], CLASSES[label], *cells))
    write_text(path, csv_text(rows))
