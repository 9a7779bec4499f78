"""The result of scoring: groups of cases with counts, and the signature behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from spgc.challenge.definition import Challenge
from spgc.scoring.group import GroupScore
from spgc.scoring.intervals import CONFIDENCE
from spgc.scoring.scored_cases import ScoredCase
from spgc.scoring.signature import Signature

SCHEMA = "spgc-score/2"
"""Name of the JSON form; `spgc score --schema` prints it."""


@dataclass(frozen=True)
class Score:
    """Scores by split, and pooled where all of the splits that are pooled are answered.

    overall: the challenge's ranked sets together; further: other pools of sets by name; cases: each
    with truth and answer, wrong ones first; filled_in, transductive: cases whose answers are no
    model's, or a model's that was shown them without labels, as the record beside the file says;
    trained_on: cases that its model was trained on, None where nothing says so; chosen_by: cases by
    which an epoch, a threshold or a member of it was chosen; challenge: whose sets and classes
    these are.
    """

    splits: Mapping[str, GroupScore]
    overall: GroupScore | None
    signature: Signature
    further: Mapping[str, GroupScore] = field(default_factory=dict)
    cases: tuple[ScoredCase, ...] = ()
    filled_in: tuple[str, ...] = ()
    transductive: tuple[str, ...] = ()
    trained_on: tuple[str, ...] | None = None
    chosen_by: tuple[str, ...] = ()
    challenge: Challenge = field(kw_only=True, compare=False, repr=False)

    @property
    def all_four(self) -> GroupScore | None:
        """The first of the further pools: for SPGC the three ranked sets and test4."""
        return next(iter(self.further.values()), None)

    @property
    def groups(self) -> list[GroupScore]:
        """Ranked sets, their pool, then what stands outside the ranking."""
        names = self.challenge.ranked
        ranked = [g for n, g in self.splits.items() if n in names]
        others = [g for n, g in self.splits.items() if n not in names]
        return [*ranked, *filter(None, [self.overall]), *others, *self.further.values()]

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

    @property
    def training_unknown(self) -> bool:
        """Whether these are cases of a training set, and nothing says of which model."""
        learnt = self.challenge.sets_for("training")
        return self.trained_on is None and any(name in self.splits for name in learnt)

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
            "trained_on": None if self.trained_on is None else list(self.trained_on),
            "chosen_by": list(self.chosen_by),
            "classes": list(self.challenge.names),
            "confidence": CONFIDENCE,
            "signature": self.signature.as_dict(),
            "groups": [group.as_dict() for group in self.groups],
        }
        return document | ({"cases": [one.as_dict() for one in self.cases]} if cases else {})
