"""The score on one split, or on the challenge's pool of three."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spgc.challenge.definition import Challenge, Pool
from spgc.challenge.set_words import Split
from spgc.data.manifests import NOT_THE_CHALLENGES, OWN_LABEL, Case
from spgc.scoring import bootstrap
from spgc.scoring.counts import Confusion, confusion, pooled
from spgc.scoring.intervals import Interval
from spgc.scoring.probability import Bin, Graded, bin_dict, calibration_error
from spgc.submissions.submission import Submission
from spgc.text.synthetic import SYNTHETIC

OWN_SCANS = "OWN SCANS"
"""The mark of a score on the user's own patients, as `SYNTHETIC` is of one on phantoms."""

CERTAIN = NOT_THE_CHALLENGES | {"official", "published"}


@dataclass(frozen=True)
class Estimate:
    """A number without an exact interval; the interval is from the bootstrap."""

    value: float
    interval: Interval

    def as_dict(self) -> dict[str, Any]:
        return {"value": self.value, "bootstrap": list(self.interval)}


@dataclass(frozen=True)
class GroupScore:
    """The score on one split, or on several pooled.

    estimates: by name (`balanced_accuracy`, `macro_f1`; with probabilities `auc:<class>`,
    `auc:macro`, `log_loss`, `brier`); calibration: bins, empty without probabilities; of: cases
    that the splits hold, where fewer may be answered; challenge: whose sets and classes these are.
    """

    name: str
    splits: tuple[str, ...]
    confusion: Confusion
    estimates: Mapping[str, Estimate]
    calibration: tuple[Bin, ...]
    certainty: Mapping[str, int]
    synthetic: bool
    of: int | None = None
    challenge: Challenge = field(kw_only=True, compare=False, repr=False)

    @property
    def partial(self) -> bool:
        """Whether cases are missing: then the score can't be compared with any other."""
        return self.of is not None and self.of > self.confusion.total

    @property
    def title(self) -> str:
        return self._known.title if self._known else self.name

    @property
    def _known(self) -> Pool | Split | None:
        """The challenge's pool or set of this name."""
        return self.challenge.pools.get(self.name) or self.challenge.sets.get(self.name)

    @property
    def ranks(self) -> bool:
        """Whether this is what the challenge ranks by: all ranked sets together."""
        pool = self.challenge.overall
        return pool is not None and self.name == pool.name

    @property
    def foreign(self) -> str | None:
        """Why the cases are not the challenge's: `SYNTHETIC`, `OWN SCANS`; None where they are."""
        if self.synthetic:
            return SYNTHETIC
        return OWN_SCANS if self.certainty.get(OWN_LABEL) else None

    @property
    def paper_table(self) -> str | None:
        """Where the paper prints this set; None for phantoms and the user's own data."""
        if self.foreign or self.partial:
            return None
        return self._known.paper_table if self._known else None

    @property
    def doubt(self) -> str | None:
        """How far labels and split membership are not certain, in one line; None where they are."""
        counts = ", ".join(
            f"{kind.replace('_', ' ')} {n}"
            for kind, n in sorted(self.certainty.items(), key=lambda item: -item[1])
            if kind not in CERTAIN
        )
        if not counts:
            return None
        return (
            f"{self.name}: list recovered, not official; of {self.confusion.total} cases {counts}"
        )

    def as_dict(self) -> dict[str, Any]:
        c, classes = self.confusion, self.challenge.names
        named = {k: e.as_dict() for k, e in self.estimates.items() if not k.startswith("auc:")}
        aucs = {k[4:]: e.as_dict() for k, e in self.estimates.items() if k.startswith("auc:")}
        graded = bool(self.calibration)
        return {
            "set": self.name,
            "title": self.title,
            "sets": list(self.splits),
            "synthetic": self.synthetic,
            "paper_table": self.paper_table,
            "certainty": dict(self.certainty),
            "doubt": self.doubt,
            "cases": c.total,
            "partial": {"answered": c.total, "of": self.of} if self.partial else None,
            "confusion": [list(row) for row in c.counts],
            "accuracy": c.accuracy.as_dict(),
            "sensitivity": {k: c.sensitivity(i).as_dict() for i, k in enumerate(classes)},
            "specificity": {k: c.specificity(i).as_dict() for i, k in enumerate(classes)},
            "balanced_accuracy": named["balanced_accuracy"],
            "macro_f1": named["macro_f1"],
            "auc": {k: aucs.get(k) for k in (*classes, "macro")} if graded else None,
            "log_loss": named.get("log_loss"),
            "brier": named.get("brier"),
            "calibration": {
                "expected_calibration_error": calibration_error(self.calibration),
                "bins": [bin_dict(part) for part in self.calibration],
            }
            if graded
            else None,
        }


def known_labels(cases: Iterable[Case]) -> dict[str, str]:
    """Known classes by case ID."""
    return {case.case_id: case.label for case in cases if case.label is not None}


def score_group(
    name: str,
    parts: Mapping[str, Sequence[Case]],
    submission: Submission,
    resamples: int,
    seed: int,
    of: int | None = None,
    *,
    challenge: Challenge,
) -> GroupScore:
    """Score the pooled `parts` (cases by split), all labelled and answered; `of` how many."""
    answers, classes = submission.predictions, challenge.names
    strata = [confusion(known_labels(cases), answers, classes) for cases in parts.values()]
    whole = pooled(strata, len(classes))
    intervals = bootstrap.confusion_intervals(strata, resamples, seed)
    values = {"balanced_accuracy": whole.balanced_accuracy, "macro_f1": whole.macro_f1}
    cases = [case for part in parts.values() for case in part]
    graded = _graded(cases, submission, classes)
    if graded is not None:
        keys = [(case.split, case.label) for case in cases]
        intervals |= bootstrap.probability_intervals(graded, keys, resamples, seed)
        values |= graded.values()
    return GroupScore(
        name=name,
        splits=tuple(parts),
        confusion=whole,
        estimates={k: Estimate(v, intervals[k]) for k, v in values.items() if v is not None},
        calibration=tuple(graded.bins()) if graded is not None else (),
        certainty=Counter(case.certainty for case in cases),
        synthetic=any(case.synthetic for case in cases),
        of=of,
        challenge=challenge,
    )


def _graded(
    cases: Sequence[Case], submission: Submission, classes: tuple[str, ...]
) -> Graded | None:
    """Truth and probabilities of the cases, or None unless every case has them."""
    shares = submission.probabilities or {}
    if any(case.case_id not in shares for case in cases):
        return None
    rows = [shares[case.case_id] for case in cases]
    return Graded.of([case.label or "" for case in cases], rows, classes)
