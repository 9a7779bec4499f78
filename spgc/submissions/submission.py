"""A submission: one class per case, with probabilities where they came along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spgc.data.manifests import Manifest
from spgc.submissions.problems import Problem

Probabilities = tuple[float, ...]
"""One for each class, in the challenge's order, P(COVID-19), P(CAP), P(Normal) for SPGC: each in
[0, 1], together 1."""


@dataclass(frozen=True)
class Submission:
    """Predicted classes by case ID, in manifest order; `notes` tells what reading repaired.

    mapping: labels that were read as a class because the author said so; argmax: the answers are
    the most probable classes, since the file held no labels.
    """

    predictions: Mapping[str, str]
    probabilities: Mapping[str, Probabilities] | None = None
    notes: tuple[Problem, ...] = field(default=(), compare=False)
    mapping: Mapping[str, str] = field(default_factory=dict, compare=False)
    argmax: bool = field(default=False, compare=False)

    def __len__(self) -> int:
        return len(self.predictions)


def in_order(predictions: Mapping[str, str], manifest: Manifest | None) -> list[str]:
    """Case IDs in manifest order; cases that the manifest lacks come last, as they stand."""
    if manifest is None:
        return list(predictions)
    known = [case.case_id for case in manifest if case.case_id in predictions]
    return known + [case_id for case_id in predictions if case_id not in manifest]
