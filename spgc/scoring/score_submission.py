"""Scoring a submission that has been read: cases by split, counts, signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from spgc.data.findings import number
from spgc.data.manifests import Case, Manifest
from spgc.errors import SubmissionError
from spgc.scoring import bootstrap
from spgc.scoring.group import GroupScore, known_labels, score_group
from spgc.scoring.result import Score
from spgc.scoring.scored_cases import refuse_unlabelled, scored_cases
from spgc.scoring.signature import (
    OWN_TRUTH,
    Signature,
    hash_labels,
    hash_predictions,
    read_as,
)
from spgc.submissions.reading_rules import Reading
from spgc.submissions.submission import Submission
from spgc.text.synthetic import SYNTHETIC
from spgc.version import __version__


def score_submission(
    submission: Submission,
    manifest: Manifest,
    reading: Reading | None = None,
    model: str | None = None,
    resamples: int = bootstrap.RESAMPLES,
    seed: int = bootstrap.SEED,
) -> Score:
    """The score of answers that have been read. Raises as `score` does."""
    whole, challenge = _parts(submission, manifest), manifest.challenge
    parts = {name: _answered(name, cases, submission, reading) for name, cases in whole.items()}

    def pool(name: str, splits: Sequence[str]) -> GroupScore:
        of = sum(len(whole[split]) for split in splits)
        inside = {split: parts[split] for split in splits}
        return score_group(name, inside, submission, resamples, seed, of, challenge=challenge)

    pools = {
        one.name: pool(one.name, one.sets)
        for one in challenge.pools.values()
        if set(one.sets) <= set(parts)
    }
    ranks = challenge.overall.name if challenge.overall else ""
    cases = [case for part in parts.values() for case in part]
    of = sum(map(len, whole.values()))
    return Score(
        splits={name: pool(name, [name]) for name in parts},
        overall=pools.pop(ranks, None),
        further=pools,
        signature=replace(
            _signature(tuple(parts), cases, of, submission, model, resamples, seed),
            truth=OWN_TRUTH if manifest.own_truth else None,
            challenge=None if challenge.shipped else f"{challenge.key}@{challenge.digest}",
        ),
        cases=scored_cases(cases, submission, challenge.names),
        challenge=challenge,
    )


def _parts(submission: Submission, manifest: Manifest) -> dict[str, list[Case]]:
    """The cases of every split that the submission touches."""
    unknown = [case for case in submission.predictions if case not in manifest]
    if unknown:
        own = manifest.own_truth
        raise SubmissionError(
            f"no such case: {unknown[0]} ({len(unknown)} in all)",
            expected=f"cases of the {'truth' if own else 'manifests'}",
            do="name the cases as the truth does" if own else "spgc validate names them",
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
    name: str, cases: Sequence[Case], submission: Submission, reading: Reading | None
) -> list[Case]:
    """The answered cases of a split: all, unless a part is asked for. Each has to have a label."""
    answered = [case for case in cases if case.case_id in submission.predictions]
    if len(answered) < len(cases) and not (reading and reading.partial):
        first = next(c.case_id for c in cases if c.case_id not in submission.predictions)
        raise SubmissionError(
            f"{len(cases) - len(answered)} cases of {name} have no prediction, the first is "
            f"{first}",
            found=number(len(answered), "case"),
            expected=f"all {len(cases)}",
            do="add every case of the split, leave the split out, or see --partial",
        )
    refuse_unlabelled(name, answered)
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
        data=SYNTHETIC if synthetic else "real",
        labels=hash_labels(known_labels(cases)),
        predictions=hash_predictions(answered, submission.probabilities),
        model=model,
        resamples=resamples,
        seed=seed,
        numpy=np.__version__,
        read=read_as(submission.mapping, argmax=submission.argmax),
        of=of if of > len(cases) else None,
    )
