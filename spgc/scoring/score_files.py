"""Scoring files: as `score`, with what the record beside them says of their model."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from spgc.data.manifests import Manifest
from spgc.files.standard_input import GivenFile
from spgc.scoring import bootstrap
from spgc.scoring.result import Score
from spgc.scoring.score_submission import score_submission
from spgc.submissions.read import read_submissions
from spgc.submissions.reading_rules import Reading
from spgc.submissions.record import CHOSEN, TRAINED, marked_cases, model_of, says_trained
from spgc.submissions.submission import Submission


def score_files(
    paths: Sequence[GivenFile],
    manifest: Manifest,
    split: str | None = None,
    reading: Reading | None = None,
    model: str | None = None,
    resamples: int = bootstrap.RESAMPLES,
    seed: int = bootstrap.SEED,
    *,
    submission: Submission | None = None,
) -> Score:
    """Score one file, or several that answer different cases.

    model: a hash for the signature, else the one in the record beside the files; submission: what
    the files hold, where they have been read already. Raises SubmissionError when a file is
    refused or can't be scored.
    """
    if submission is None:
        submission = read_submissions(paths, manifest, split, reading)
    known = model_of(paths) if model is None else model
    result = score_submission(submission, manifest, reading, known, resamples, seed)
    scored = {one.case for one in result.cases}
    return replace(
        result,
        filled_in=tuple(sorted(marked_cases(paths, "filled_in") & scored)),
        transductive=tuple(sorted(marked_cases(paths, "transductive") & scored)),
        trained_on=_trained_on(paths, scored),
        chosen_by=tuple(sorted(marked_cases(paths, CHOSEN) & scored)),
    )


def _trained_on(paths: Sequence[GivenFile], scored: Collection[str]) -> tuple[str, ...] | None:
    """Those of the scored cases that the model was trained on; None where that is not known."""
    found = marked_cases(paths, TRAINED).intersection(scored)
    return tuple(sorted(found)) if found or says_trained(paths) else None
