"""Scoring files: as `score`, with what the record beside them says of their model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from spgc.data.manifests import Manifest
from spgc.files.standard_input import GivenFile
from spgc.scoring import bootstrap
from spgc.scoring.result import Score
from spgc.scoring.score_submission import score_submission
from spgc.submissions.read import read_submissions
from spgc.submissions.reading_rules import PLAIN, Reading
from spgc.submissions.record import marked_cases, model_of
from spgc.submissions.submission import Submission


def score_files(
    paths: Sequence[GivenFile],
    manifest: Manifest,
    split: str | None = None,
    reading: Reading = PLAIN,
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
    )
