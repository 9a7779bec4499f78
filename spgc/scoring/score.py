"""From predictions and truth to a score: counts, rates, intervals and the signature behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spgc import __version__
from spgc.data.manifests import Case, Manifest, read_manifests
from spgc.errors import DataError, SubmissionError
from spgc.protocol import ALL_FOUR, CLASSES, OVERALL, POOLS, RANKED_SPLITS
from spgc.scoring import bootstrap
from spgc.scoring.answers import answers_of, as_named, class_of
from spgc.scoring.arguments import check_answers, check_signed, check_truth
from spgc.scoring.group import GroupScore, known_labels, score_group
from spgc.scoring.intervals import CONFIDENCE
from spgc.scoring.scored_cases import ScoredCase, scored_cases
from spgc.scoring.signature import Signature, hash_labels, hash_predictions, read_as
from spgc.submissions.read import of_split
from spgc.submissions.reading_rules import PLAIN, Reading, reading_of
from spgc.submissions.submission import Submission

Answers = (
    Submission | Mapping[str, str] | Mapping[str, int] | str | Path | Sequence[str | Path] | None
)
"""What `score` takes: answers by case ID, or files of them."""

SCHEMA = "spgc-score/1"
"""Name of the JSON form; `spgc score --schema` prints it."""


@dataclass(frozen=True)
class Score:
    """Scores by split, and pooled where all of the splits that are pooled are answered.

    overall: the challenge's three ranked sets; all_four: these and test4; cases: each with truth
    and answer, wrong ones first; filled_in, transductive: cases whose answers are no model's, or
    a model's that was shown them without labels, as the record beside the file says.
    """

    splits: Mapping[str, GroupScore]
    overall: GroupScore | None
    signature: Signature
    all_four: GroupScore | None = None
    cases: tuple[ScoredCase, ...] = ()
    filled_in: tuple[str, ...] = ()
    transductive: tuple[str, ...] = ()

    @property
    def groups(self) -> list[GroupScore]:
        """Ranked sets, their pool, then what stands outside the ranking."""
        ranked = [g for n, g in self.splits.items() if n in RANKED_SPLITS]
        others = [g for n, g in self.splits.items() if n not in RANKED_SPLITS]
        pools = ([self.overall] if self.overall else []), ([self.all_four] if self.all_four else [])
        return [*ranked, *pools[0], *others, *pools[1]]

    @property
    def headline_groups(self) -> list[GroupScore]:
        """The pool instead of the sets in it; every set where there is no pool."""
        return [g for g in self.groups if not (self.overall and g.name in self.overall.splits)]

    @property
    def synthetic(self) -> bool:
        return any(group.synthetic for group in self.splits.values())

    @property
    def partial(self) -> bool:
        """Whether cases of a split are missing: such a score is never ranked."""
        return self.signature.of is not None

    def as_dict(self, *, cases: bool = False) -> dict[str, Any]:
        """The document that `spgc score --json` prints; its form is published as `SCHEMA`.

        cases: with each case's truth and answer.
        """
        partial = {"answered": self.signature.n, "of": self.signature.of}
        document = {
            "schema": SCHEMA,
            "synthetic": self.synthetic,
            "partial": partial if self.partial else None,
            "filled_in": list(self.filled_in),
            "transductive": list(self.transductive),
            "classes": list(CLASSES),
            "confidence": CONFIDENCE,
            "signature": self.signature.as_dict(),
            "groups": [group.as_dict() for group in self.groups],
        }
        return document | ({"cases": [one.as_dict() for one in self.cases]} if cases else {})


def score(
    predictions: Answers = None,
    truth: Manifest | Mapping[str, str] | None = None,
    *,
    probabilities: Mapping[str, Sequence[float]] | None = None,
    labels: Mapping[str, str] | Mapping[int, str] | str | None = None,
    argmax: bool = False,
    partial: bool = False,
    split: str | None = None,
    model: str | None = None,
    resamples: int = bootstrap.RESAMPLES,
    seed: int = bootstrap.SEED,
) -> Score:
    """Score predicted classes by case ID.

    predictions: a `Submission`, case ID to class name (any known spelling), or a file or several
    as `spgc score` reads them. truth: a `Manifest`, or case ID to class name; without it the
    manifests that come with spgc. Every split that holds a predicted case has to be answered in
    full, unless `partial`, which scores what is there and marks the score. split: score this split
    or pool (`overall`, `test1-4`) alone. labels: the class of each label that is not a class name,
    such as ``{0: "covid-19", 1: "cap", 2: "normal"}``. argmax: answer by the most probable class;
    predictions are left out then, or a file without labels. model: a hash to stand in the
    signature.

    Raises SubmissionError for unknown cases or classes and for missing cases, DataError when a
    case has no known label, UsageError for an impossible option or answers of another kind.
    """
    check_answers(predictions, probabilities, argmax=argmax)
    check_truth(truth)
    resamples, seed = check_signed(model, resamples, seed)
    reading = reading_of(labels, argmax=argmax, partial=partial)
    manifest = manifest_of(truth)
    if isinstance(predictions, str | Path) or _are_files(predictions):
        from spgc.scoring.score_files import score_files

        files = [predictions] if isinstance(predictions, str | Path) else predictions
        paths = [Path(path) for path in files]  # type: ignore[union-attr]
        return score_files(paths, manifest, split, reading, model, resamples, seed)
    given = answers_of(predictions, probabilities, reading)  # type: ignore[arg-type]
    submission = as_named(given, manifest)
    if split is not None:
        submission = of_split(submission, split, manifest, reading)
    return score_submission(submission, manifest, reading, model, resamples, seed)


def _are_files(predictions: Answers) -> bool:
    return isinstance(predictions, Sequence) and not isinstance(predictions, str)


def score_submission(
    submission: Submission,
    manifest: Manifest,
    reading: Reading = PLAIN,
    model: str | None = None,
    resamples: int = bootstrap.RESAMPLES,
    seed: int = bootstrap.SEED,
) -> Score:
    """The score of answers that have been read. Raises as `score` does."""
    whole = _parts(submission, manifest)
    parts = {name: _answered(name, cases, submission, reading) for name, cases in whole.items()}

    def pool(name: str, splits: Sequence[str]) -> GroupScore:
        of = sum(len(whole[split]) for split in splits)
        inside = {split: parts[split] for split in splits}
        return score_group(name, inside, submission, resamples, seed, of)

    pools = {
        name: pool(name, POOLS[name]) if set(POOLS[name]) <= set(parts) else None
        for name in (OVERALL, ALL_FOUR)
    }
    cases = [case for part in parts.values() for case in part]
    of = sum(map(len, whole.values()))
    return Score(
        splits={name: pool(name, [name]) for name in parts},
        overall=pools[OVERALL],
        all_four=pools[ALL_FOUR],
        signature=_signature(tuple(parts), cases, of, submission, model, resamples, seed),
        cases=scored_cases(cases, submission),
    )


def manifest_of(truth: Manifest | Mapping[str, str] | None) -> Manifest:
    """The manifest that `truth` is, or that holds it; without it the ones that come with spgc."""
    if truth is None:
        return read_manifests()
    if isinstance(truth, Manifest):
        return truth
    rows = ((case, class_of(case, text)) for case, text in truth.items())
    return Manifest({case: Case(case, label, "own", "given", "own") for case, label in rows})


def _parts(submission: Submission, manifest: Manifest) -> dict[str, list[Case]]:
    """The cases of every split that the submission touches."""
    unknown = [case for case in submission.predictions if case not in manifest]
    if unknown:
        raise SubmissionError(
            f"no such case: {unknown[0]} ({len(unknown)} in all)",
            expected="cases of the manifests",
            do="spgc validate names them",
        )
    touched = {manifest[case].split for case in submission.predictions}
    if not touched:
        raise SubmissionError("no predictions", found="0 cases", expected="a split in full")
    parts: dict[str, list[Case]] = {n: [] for n in manifest.splits() if n in touched}
    for case in manifest:
        if case.split in parts:
            parts[case.split].append(case)
    return parts


def _answered(
    name: str, cases: Sequence[Case], submission: Submission, reading: Reading
) -> list[Case]:
    """The answered cases of a split: all, unless a part is asked for. Each has to have a label."""
    answered = [case for case in cases if case.case_id in submission.predictions]
    if len(answered) < len(cases) and not reading.partial:
        first = next(c.case_id for c in cases if c.case_id not in submission.predictions)
        raise SubmissionError(
            f"{len(cases) - len(answered)} cases of {name} have no answer, the first is {first}",
            found=f"{len(answered)} cases",
            expected=f"all {len(cases)}",
            do="answer every case of a split, leave the split out, or see --partial",
        )
    unlabelled = [case.case_id for case in answered if case.label is None]
    if unlabelled:
        raise DataError(
            f"{len(unlabelled)} cases of {name} have no known label, the first is {unlabelled[0]}",
            expected="a label for every case",
            do="fill the label column of the manifest",
        )
    return answered


def _signature(
    splits: tuple[str, ...],
    cases: Sequence[Case],
    of: int,
    submission: Submission,
    model: str | None,
    resamples: int,
    seed: int,
) -> Signature:
    import numpy as np

    answered = {case.case_id: submission.predictions[case.case_id] for case in cases}
    synthetic = any(case.synthetic for case in cases)
    return Signature(
        tool="spgc",
        version=__version__,
        splits=splits,
        n=len(cases),
        data="SYNTHETIC" if synthetic else "real",
        labels=hash_labels(known_labels(cases)),
        predictions=hash_predictions(answered, submission.probabilities),
        model=model,
        resamples=resamples,
        seed=seed,
        numpy=np.__version__,
        read=read_as(submission.mapping, argmax=submission.argmax),
        of=of if of > len(cases) else None,
    )
