"""Several submission files as one, since organisers asked for one file per test set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spgc.data.manifests import Manifest
from spgc.errors import SubmissionError
from spgc.scoring.submission import Probabilities, Submission, in_order
from spgc.scoring.validate import validate


def read_submissions(
    paths: Sequence[Path], manifest: Manifest, split: str | None = None
) -> Submission:
    """Read one or several files as one submission.

    Raises SubmissionError when a file is refused, or when two files answer the same case.
    """
    parts = [validate(path, split, manifest).accepted() for path in paths]
    owner: dict[str, Path] = {}
    for path, part in zip(paths, parts, strict=True):
        for case in part.predictions:
            if case in owner:
                raise SubmissionError(
                    f"case {case} is answered in two files", where=path,
                    found=f"{owner[case]} and {path}", expected="each case in one file",
                    do="score them apart, or spgc compare A B",
                )  # fmt: skip
            owner[case] = path
    return joined(parts, manifest)


def joined(parts: Sequence[Submission], manifest: Manifest) -> Submission:
    """One submission from parts that answer different cases, in manifest order."""
    labels: dict[str, str] = {}
    shares: dict[str, Probabilities] = {}
    for part in parts:
        labels |= part.predictions
        shares |= part.probabilities or {}
    notes = tuple(note for part in parts for note in part.notes)
    return Submission({c: labels[c] for c in in_order(labels, manifest)}, shares or None, notes)
