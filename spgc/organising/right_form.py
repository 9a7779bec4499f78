"""Whether a submission to a challenge can be read at all, before anybody sends one."""

from __future__ import annotations

from spgc.data.manifests import Manifest
from spgc.submissions.validate import refusal, validate_bytes
from spgc.submissions.write import submission_text


def right_form_fault(known: Manifest) -> str | None:
    """Why a submission in the right form can't be read with all its answers; None where it can.

    Case IDs may be words of a header, or hold signs that no submission can. known: the cases of a
    challenge.
    """
    challenge = known.challenge
    split = challenge.overall.name if challenge.overall else challenge.ranked[0]
    asked = [case.case_id for name in challenge.splits_named(split) for case in known.split(name)]
    labels = {case: challenge.names[n % len(challenge.names)] for n, case in enumerate(asked)}
    report = validate_bytes(submission_text(labels, manifest=known).encode("utf-8"), split, known)
    if report.submission is None:
        why = refusal(report)
        return f"a submission in the right form is refused: {why.what}, found {why.found}"
    if dict(report.submission.predictions) != labels:
        return "a submission in the right form is read as another one"
    return None
