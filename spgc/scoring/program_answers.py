"""Predictions passed from Python as a submission: checked like those of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from spgc.challenge.definition import Challenge
from spgc.data.case_names import same_name_form
from spgc.data.manifests import Manifest
from spgc.errors import SubmissionError, UsageError
from spgc.submissions.reading_rules import Reading, class_of, label_key
from spgc.submissions.shares import EDGE_TOLERANCE, SUM_TOLERANCE, are_shares, at_the_edge
from spgc.submissions.submission import Probabilities, Submission


def answers_of(
    given: Submission | Mapping[str, str] | Mapping[str, int] | None,
    probabilities: Mapping[str, Sequence[float]] | None,
    reading: Reading,
) -> Submission:
    """Answers by case ID as a submission.

    given: None where the most probable class is the answer. Raises SubmissionError for a class or
    probabilities that are none, UsageError where it is not clear what the answers are.
    """
    shares = None
    if probabilities is not None:
        challenge = reading.challenge
        shares = {case: _share(case, share, challenge) for case, share in probabilities.items()}
    if isinstance(given, Submission):
        for case, share in (given.probabilities or {}).items():
            _share(case, share, reading.challenge)
        return given
    if reading.argmax:
        return _most_probable(given, shares, reading.challenge)
    if given is None:
        raise UsageError("no predictions", expected="classes by case ID, or argmax=True")
    labels = {case: class_of(case, text, reading) for case, text in given.items()}
    keys = {label_key(str(text)) for text in given.values()} & set(reading.labels)
    return Submission(labels, shares, mapping={key: reading.labels[key] for key in keys})


def as_named(submission: Submission, manifest: Manifest) -> Submission:
    """The same answers by the manifest's own case IDs, whose Unicode form they need not share."""
    if all(case in manifest for case in submission.predictions):
        return submission
    names = {same_name_form(case.case_id): case.case_id for case in manifest}

    def own(case: str) -> str:
        return case if case in manifest else names.get(same_name_form(case), case)

    labels = {own(case): label for case, label in submission.predictions.items()}
    shares = {own(case): share for case, share in (submission.probabilities or {}).items()}
    return replace(submission, predictions=labels, probabilities=shares or None)


def _most_probable(
    given: object, shares: Mapping[str, Probabilities] | None, challenge: Challenge
) -> Submission:
    if given is not None or shares is None:
        raise UsageError(
            "argmax takes probabilities and no predictions", expected="probabilities by case ID"
        )
    labels = {}
    for case, share in shares.items():
        best = [name for name, p in zip(challenge.names, share, strict=True) if p == max(share)]
        if len(best) > 1:
            raise SubmissionError(
                f"case {case} has no single most probable class",
                found=" and ".join(best),
                expected="one class above all",
                do="name the classes yourself",
            )
        labels[case] = best[0]
    return Submission(labels, shares, argmax=True)


def _share(case: str, share: Sequence[float], challenge: Challenge) -> Probabilities:
    try:
        values = [float(p) for p in share]
    except (TypeError, ValueError):  # no sequence, or not of numbers
        values = []
    if not are_shares(values, SUM_TOLERANCE, EDGE_TOLERANCE, classes=len(challenge.classes)):
        raise SubmissionError(
            f"case {case} has no valid probabilities",
            found=repr(share)[:200],
            expected=f"{challenge.number} numbers from 0 to 1 that sum to 1",
        )
    return tuple(map(at_the_edge, values))
