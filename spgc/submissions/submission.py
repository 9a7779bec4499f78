"""A submission: one class per case, with probabilities where they came along.

Files go out in the form of the released label files: header `Study,Label`, the released
spellings `covid-19`, `cap`, `normal`, UTF-8 without byte order mark, LF, manifest order.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spgc.data.manifests import Manifest
from spgc.errors import SubmissionError
from spgc.files.whole import write_text
from spgc.protocol import CLASSES, RELEASED_LABELS, class_named
from spgc.submissions.columns import CASE_COLUMN, LABEL_COLUMN, PROBABILITY_COLUMNS
from spgc.submissions.problems import Problem
from spgc.submissions.reading_rules import PLAIN, Reading

Probabilities = tuple[float, float, float]
"""P(COVID-19), P(CAP), P(Normal): each in [0, 1], together 1."""


@dataclass(frozen=True)
class Submission:
    """Predicted classes by case ID, in manifest order; `notes` tells what reading repaired.

    mapping: labels that were read as a class because the author said so; argmax: the answers are
    the most probable classes, since the file held no labels.
    """

    predictions: Mapping[str, str]
    probabilities: Mapping[str, Probabilities] | None = None
    notes: tuple[Problem, ...] = field(default=(), compare=False)
    mapping: Mapping[str, str] = field(default_factory=dict, compare=False)
    argmax: bool = field(default=False, compare=False)

    def __len__(self) -> int:
        return len(self.predictions)


def read_submission(
    path: Path,
    manifest: Manifest | None = None,
    split: str | None = None,
    *,
    reading: Reading = PLAIN,
) -> Submission:
    """Read a submission that may have any form that `spgc validate` accepts.

    `manifest` says which cases there are (default: the ones that come with spgc); `reading` what
    the file leaves open. Raises SubmissionError, naming the first problem and their number, when
    the file can't be scored.
    """
    from spgc.submissions.validate import validate

    return validate(path, split, manifest, reading).accepted()


def write_submission(
    path: Path,
    predictions: Mapping[str, str],
    probabilities: Mapping[str, Probabilities] | None = None,
    manifest: Manifest | None = None,
) -> None:
    """Write a submission, all or nothing, in the form of the released label files.

    Rows stand in the order of `manifest`, or of `predictions` without one. Raises
    SubmissionError for a class that is none and for a case without its probabilities.
    """
    write_text(path, submission_text(predictions, probabilities, manifest))


def submission_text(
    predictions: Mapping[str, str],
    probabilities: Mapping[str, Probabilities] | None = None,
    manifest: Manifest | None = None,
) -> str:
    """The text that `write_submission` writes."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    columns = [PROBABILITY_COLUMNS[c] for c in CLASSES] if probabilities is not None else []
    writer.writerow([CASE_COLUMN, LABEL_COLUMN, *columns])
    for case in in_order(predictions, manifest):
        row = [case, RELEASED_LABELS[_class(case, predictions[case])]]
        if probabilities is not None:
            row += [f"{p:.6f}" for p in _of(case, probabilities)]
        writer.writerow(row)
    return buffer.getvalue()


def in_order(predictions: Mapping[str, str], manifest: Manifest | None) -> list[str]:
    """Case IDs in manifest order; cases that the manifest lacks come last, as they stand."""
    if manifest is None:
        return list(predictions)
    known = [case.case_id for case in manifest if case.case_id in predictions]
    return known + [case_id for case_id in predictions if case_id not in manifest]


def _class(case: str, text: str) -> str:
    label = class_named(text)
    if label is None:
        raise SubmissionError(
            f"case {case} has no known class", found=repr(text), expected=" | ".join(CLASSES)
        )
    return label


def _of(case: str, probabilities: Mapping[str, Probabilities]) -> Probabilities:
    if case not in probabilities:
        raise SubmissionError(f"case {case} has no probabilities", expected="three per case")
    return probabilities[case]
