"""`spgc.score`: from predictions and truth to a score, in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spgc.challenge.definition import Challenge
from spgc.challenge.spgc_challenge import challenge_given
from spgc.data.challenge_cases import challenge_manifest
from spgc.data.manifests import Manifest
from spgc.files.standard_input import GivenFile, StandardInput
from spgc.scoring import bootstrap
from spgc.scoring.arguments import check_answers, check_signed, check_truth
from spgc.scoring.program_answers import answers_of, as_named, refuse_missing_shares
from spgc.scoring.result import Score
from spgc.scoring.score_files import score_files
from spgc.scoring.score_submission import score_submission
from spgc.submissions.read import of_split
from spgc.submissions.reading_rules import Reading, reading_of
from spgc.submissions.submission import Submission
from spgc.submissions.truth_file import read_truth, truth_of

Scorable = (
    Submission
    | Mapping[str, str]
    | Mapping[str, int]
    | str
    | GivenFile
    | Sequence[str | Path]
    | None
)
"""What `score` takes: answers by case ID, or files of them."""

GivenTruth = Manifest | Mapping[str, str] | str | Path | None
"""What they are scored on: manifests, or the user's own labels by case ID or in a file."""


def score(
    predictions: Scorable = None,
    truth: GivenTruth = None,
    *,
    probabilities: Mapping[str, Sequence[float]] | None = None,
    labels: Mapping[str, str] | Mapping[int, str] | str | None = None,
    argmax: bool = False,
    partial: bool = False,
    split: str | None = None,
    model: str | None = None,
    resamples: int = bootstrap.RESAMPLES,
    seed: int = bootstrap.SEED,
    challenge: Challenge | str | Path | None = None,
) -> Score:
    """Score predicted classes by case ID.

    predictions: a `Submission`, case ID to class name (any known spelling), or a file or several
    as `spgc score` reads them. truth: a `Manifest`, case ID to class name, or a file of these as
    `spgc score --truth` reads it; without it the manifests that come with spgc. Every split that
    holds a predicted case has to be answered in full, unless `partial`, which scores what is there
    and marks the score. split: score this split or pool (`overall`, `test1-4`) alone. labels: the
    class of each label that is not a class name, such as ``{0: "covid-19", 1: "cap", 2:
    "normal"}``. argmax: answer by the most probable class; predictions are left out then, or a file
    without labels. model: a hash to stand in the signature. challenge: whose classes and sets these
    are, or its file; a manifest knows its own.

    Raises SubmissionError for unknown cases or classes and for missing cases, DataError when a
    case has no known label, UsageError for an impossible option or answers of another kind.
    """
    check_answers(predictions, probabilities, argmax=argmax)
    check_truth(truth)
    resamples, seed = check_signed(model, resamples, seed)
    known = truth.challenge if isinstance(truth, Manifest) else challenge_given(challenge)
    reading = reading_of(labels, argmax=argmax, partial=partial, challenge=known)
    manifest = manifest_of(truth, reading)
    if isinstance(predictions, str):
        predictions = Path(predictions)
    if isinstance(predictions, Path | StandardInput) or _are_files(predictions):
        alone = isinstance(predictions, Path | StandardInput)
        files: Any = [predictions] if alone else [Path(path) for path in predictions]  # type: ignore[union-attr]
        return score_files(files, manifest, split, reading, model, resamples, seed)
    given = answers_of(predictions, probabilities, reading)  # type: ignore[arg-type]
    submission = as_named(given, manifest)
    if probabilities is not None:
        refuse_missing_shares(submission, manifest)
    if split is not None:
        submission = of_split(submission, split, manifest, reading)
    return score_submission(submission, manifest, reading, model, resamples, seed)


def _are_files(predictions: Scorable) -> bool:
    return isinstance(predictions, Sequence) and not isinstance(predictions, str)


def manifest_of(truth: GivenTruth, reading: Reading) -> Manifest:
    """The manifest that `truth` is, or that holds it; without it the challenge's own cases."""
    if truth is None:
        return challenge_manifest(reading.challenge)
    if isinstance(truth, Manifest):
        return truth
    if isinstance(truth, str | Path):
        return read_truth(Path(truth), reading).manifest
    return truth_of(truth, reading)
