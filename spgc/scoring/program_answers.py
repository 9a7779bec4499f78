"""Predictions passed from Python as a submission: checked like those of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import TypeVar

from spgc.challenge.definition import Challenge
from spgc.data.case_names import same_name_form
from spgc.data.manifests import Manifest
from spgc.errors import SubmissionError, UsageError
from spgc.submissions.reading_rules import Reading, class_of, label_key
from spgc.submissions.shares import EDGE_TOLERANCE, SUM_TOLERANCE, are_shares, at_the_edge
from spgc.submissions.submission import Probabilities, Submission
from spgc.text.any_value import written

_ENOUGH, _NEARLY_ALL = 10, 0.95
"""Cases, and the share of them, by which probabilities are told to be in another order."""


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
    _refuse_other_order(labels, shares or {}, reading.challenge)
    keys = {label_key(written(text)) for text in given.values()} & set(reading.labels)
    return Submission(labels, shares, mapping={key: reading.labels[key] for key in keys})


def _refuse_other_order(
    labels: Mapping[str, str], shares: Mapping[str, Probabilities], challenge: Challenge
) -> None:
    """Raise SubmissionError where the probabilities fit the classes in another order.

    That of scikit-learn's `predict_proba` is the alphabet's. A class that is not the most probable
    one is its author's choice, but not in most of many cases while another order explains nearly
    all of them.
    """
    names = challenge.names
    cases = [case for case in labels if case in shares]
    tops = [shares[case].index(max(shares[case])) for case in cases]
    met = Counter((labels[case], top) for case, top in zip(cases, tops, strict=True))
    fitting = sum(met[name, place] for place, name in enumerate(names))
    if len(cases) < _ENOUGH or 2 * fitting >= len(cases):
        return
    order = {
        max(range(len(names)), key=lambda place: met[name, place]): name
        for name in dict.fromkeys(labels[case] for case in cases)
    }
    explained = sum(met[name, place] for place, name in order.items())
    if len(order) < 2 or explained < _NEARLY_ALL * len(cases):
        return
    raise SubmissionError(
        "probabilities in another order than the classes",
        found=f"the answer is the most probable class in {fitting} of {len(cases)} cases, with the "
        f"columns in another order in {explained}",
        expected=", ".join(names),
        do="put the columns in this order, or give a DataFrame with "
        f"{', '.join(challenge.columns.values())}",
    )


def as_named(submission: Submission, manifest: Manifest) -> Submission:
    """The same answers by the manifest's own case IDs, whose Unicode form they need not share.

    Raises SubmissionError for a case that is named in two forms.
    """
    labels, shares = submission.predictions, submission.probabilities or {}
    if all(case in manifest for case in (*labels, *shares)):
        return submission
    names = {same_name_form(case.case_id): case.case_id for case in manifest}
    return replace(
        submission, predictions=_own(labels, names), probabilities=_own(shares, names) or None
    )


Value = TypeVar("Value")


def _own(given: Mapping[str, Value], names: Mapping[str, str]) -> dict[str, Value]:
    """What is given by case, by the case's own name; names: those by their common form."""
    made: dict[str, Value] = {}
    for case, value in given.items():
        name = names.get(same_name_form(case), case)
        if name in made:
            raise two_forms(name)
        made[name] = value
    return made


def two_forms(case: str) -> SubmissionError:
    """The error of a case ID that stands there in two Unicode forms, which look the same."""
    return SubmissionError(
        f"case {case} is named twice, in two Unicode forms",
        expected="each case once",
        do="unicodedata.normalize('NFC', ...) makes them one",
    )


def refuse_missing_shares(submission: Submission, manifest: Manifest) -> None:
    """Raise SubmissionError for a set of which some cases have probabilities and others none.

    Its numbers of probabilities would be left out, as if none had been given.
    """
    shares = submission.probabilities or {}
    if shares.keys() >= submission.predictions.keys():
        return
    graded = {manifest[case].split for case in shares if case in manifest}
    for case in submission.predictions:
        if case in manifest and manifest[case].split in graded and case not in shares:
            raise SubmissionError(
                f"case {case} has no probabilities",
                found=f"{len(shares)} cases that have some",
                expected=f"probabilities for every case of {manifest[case].split}, or for none",
                do="name the cases of probabilities as those of the classes",
            )


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


def _has_names(share: object) -> bool:
    """Whether the numbers have names of their own, as a row of a DataFrame: they may say another
    order than the challenge's."""
    keys = getattr(share, "keys", None)
    return callable(keys) and any(isinstance(key, str) for key in keys())


def _share(case: str, share: Sequence[float], challenge: Challenge) -> Probabilities:
    ordered = not isinstance(share, str | bytes | Set | Mapping) and not _has_names(share)
    try:
        values = [float(p) for p in share] if ordered else []
    except (TypeError, ValueError, OverflowError):  # no sequence, or not of such numbers
        values = []
    if not are_shares(values, SUM_TOLERANCE, EDGE_TOLERANCE, classes=len(challenge.classes)):
        raise SubmissionError(
            f"case {case} has no valid probabilities",
            found=written(share, repr)[:200],
            expected=f"{challenge.number} numbers from 0 to 1 that sum to 1",
            do=f"give them in the order {', '.join(challenge.names)}" if not ordered else None,
        )
    return tuple(map(at_the_edge, values))
