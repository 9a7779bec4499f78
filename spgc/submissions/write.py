"""Writing a submission in the form of the released label files.

Header `Study,Label`, the released spellings `covid-19`, `cap`, `normal`, UTF-8 without byte order
mark, LF, manifest order.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from spgc.challenge.spgc_challenge import challenge_given
from spgc.data.manifests import Manifest
from spgc.errors import SubmissionError
from spgc.files.csv_text import csv_text
from spgc.files.whole import write_text
from spgc.submissions.columns import CASE_COLUMN, LABEL_COLUMN
from spgc.submissions.reading_rules import class_of, reading_on
from spgc.submissions.submission import Probabilities, in_order


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
    challenge = challenge_given(None) if manifest is None else manifest.challenge
    reading = reading_on(challenge)
    columns = list(challenge.columns.values()) if probabilities is not None else []
    rows = [[CASE_COLUMN, LABEL_COLUMN, *columns]]
    for case in in_order(predictions, manifest):
        row = [case, challenge.written[class_of(case, predictions[case], reading)]]
        if probabilities is not None:
            row += [f"{p:.6f}" for p in _of(case, probabilities, challenge.number)]
        rows.append(row)
    return csv_text(rows)


def _of(case: str, probabilities: Mapping[str, Probabilities], number: str) -> Probabilities:
    if case not in probabilities:
        raise SubmissionError(f"case {case} has no probabilities", expected=f"{number} per case")
    return probabilities[case]
