"""From predictions and truth to a score: counts, rates, intervals and the signature behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spgc import __version__
from spgc.data.manifests import Case, Manifest, read_manifests
from spgc.errors import DataError, SubmissionError
from spgc.protocol import CLASSES, RANKED_SPLITS, class_named
from spgc.scoring import bootstrap
from spgc.scoring.group import OVERALL, GroupScore, known_labels, score_group
from spgc.scoring.intervals import CONFIDENCE
from spgc.scoring.rows import SUM_TOLERANCE
from spgc.scoring.signature import Signature, hash_labels, hash_predictions
from spgc.scoring.submission import Probabilities, Submission

SCHEMA = "spgc-score/1"
"""Name of the JSON form; `spgc score --schema` prints it."""


@dataclass(frozen=True)
class Score:
    """Scores by split, the challenge's pool where all three ranked sets are answered."""

    splits: Mapping[str, GroupScore]
    overall: GroupScore | None
    signature: Signature

    @property
    def groups(self) -> list[GroupScore]:
        """Ranked sets, their pool, then what stands outside the ranking."""
        ranked = [g for n, g in self.splits.items() if n in RANKED_SPLITS]
        others = [g for n, g in self.splits.items() if n not in RANKED_SPLITS]
        return [*ranked, *([self.overall] if self.overall else []), *others]

    @property
    def headline_groups(self) -> list[GroupScore]:
        """The pool instead of the sets in it; every set where there is no pool."""
        return [g for g in self.groups if not (self.overall and g.name in self.overall.splits)]

    @property
    def synthetic(self) -> bool:
        return any(group.synthetic for group in self.splits.values())

    def as_dict(self) -> dict[str, Any]:
        """The document that `spgc score --json` prints; its form is published as `SCHEMA`."""
        return {
            "schema": SCHEMA,
            "synthetic": self.synthetic,
            "classes": list(CLASSES),
            "confidence": CONFIDENCE,
            "signature": self.signature.as_dict(),
            "groups": [group.as_dict() for group in self.groups],
        }


def score(
    predictions: Submission | Mapping[str, str],
    truth: Manifest | Mapping[str, str] | None = None,
    *,
    probabilities: Mapping[str, Probabilities] | None = None,
    model: str | None = None,
    resamples: int = bootstrap.RESAMPLES,
    seed: int = bootstrap.SEED,
) -> Score:
    """Score predicted classes by case ID.

    predictions: a `Submission`, or case ID to class name (any known spelling). truth: a
    `Manifest`, or case ID to class name; without it the manifests that come with spgc. Every split
    that holds a predicted case has to be answered in full. model: a hash to stand in the signature.

    Raises SubmissionError for unknown cases or classes and for missing cases, DataError when a
    case has no known label.
    """
    submission = _submission(predictions, probabilities)
    _check_probabilities(submission.probabilities or {})
    manifest = _manifest(truth)
    parts = _parts(submission, manifest)
    groups = {
        name: score_group(name, {name: cases}, submission, resamples, seed)
        for name, cases in parts.items()
    }
    ranked = {name: parts[name] for name in RANKED_SPLITS if name in parts}
    overall = None
    if len(ranked) == len(RANKED_SPLITS):
        overall = score_group(OVERALL, ranked, submission, resamples, seed)
    signature = _signature(parts, submission, model, resamples, seed)
    return Score(groups, overall, signature)


def _submission(
    given: Submission | Mapping[str, str], probabilities: Mapping[str, Probabilities] | None
) -> Submission:
    if isinstance(given, Submission):
        return given
    return Submission({case: _class(case, text) for case, text in given.items()}, probabilities)


def _check_probabilities(shares: Mapping[str, Probabilities]) -> None:
    for case, share in shares.items():
        inside = len(share) == len(CLASSES) and all(0 <= p <= 1 for p in share)
        if not inside or abs(sum(share) - 1) > SUM_TOLERANCE:
            raise SubmissionError(
                f"case {case} has no valid probabilities", found=repr(share),
                expected="three numbers from 0 to 1 that sum to 1",
            )  # fmt: skip


def _class(case: str, text: str) -> str:
    label = class_named(text) if isinstance(text, str) else None
    if label is None:
        raise SubmissionError(
            f"case {case} has no known class", found=repr(text), expected=" | ".join(CLASSES)
        )
    return label


def _manifest(truth: Manifest | Mapping[str, str] | None) -> Manifest:
    if truth is None:
        return read_manifests()
    if isinstance(truth, Manifest):
        return truth
    rows = ((case, _class(case, text)) for case, text in truth.items())
    return Manifest({case: Case(case, label, "own", "given", "own") for case, label in rows})


def _parts(submission: Submission, manifest: Manifest) -> dict[str, list[Case]]:
    """The cases of every split that the submission touches; all of them are answered."""
    unknown = [case for case in submission.predictions if case not in manifest]
    if unknown:
        raise SubmissionError(
            f"no such case: {unknown[0]} ({len(unknown)} in all)",
            expected="cases of the manifests", do="spgc validate names them",
        )  # fmt: skip
    touched = {manifest[case].split for case in submission.predictions}
    if not touched:
        raise SubmissionError("no predictions", found="0 cases", expected="a split in full")
    parts = {name: manifest.split(name) for name in manifest.splits() if name in touched}
    for name, cases in parts.items():
        _check_complete(name, cases, submission)
    return parts


def _check_complete(name: str, cases: Sequence[Case], submission: Submission) -> None:
    missing = [c.case_id for c in cases if c.case_id not in submission.predictions]
    if missing:
        raise SubmissionError(
            f"{len(missing)} cases of {name} have no answer, the first is {missing[0]}",
            found=f"{len(cases) - len(missing)} cases", expected=f"all {len(cases)}",
            do="answer every case of a split, or leave the split out",
        )  # fmt: skip
    unlabelled = [c.case_id for c in cases if c.label is None]
    if unlabelled:
        raise DataError(
            f"{len(unlabelled)} cases of {name} have no known label, the first is {unlabelled[0]}",
            expected="a label for every case", do="fill the label column of the manifest",
        )  # fmt: skip


def _signature(
    parts: Mapping[str, Sequence[Case]],
    submission: Submission,
    model: str | None,
    resamples: int,
    seed: int,
) -> Signature:
    import numpy as np

    cases = [case for part in parts.values() for case in part]
    answered = {case.case_id: submission.predictions[case.case_id] for case in cases}
    synthetic = any(case.synthetic for case in cases)
    return Signature(
        tool="spgc",
        version=__version__,
        splits=tuple(parts),
        n=len(cases),
        data="SYNTHETIC" if synthetic else "real",
        labels=hash_labels(known_labels(cases)),
        predictions=hash_predictions(answered, submission.probabilities),
        model=model,
        resamples=resamples,
        seed=seed,
        numpy=np.__version__,
    )
