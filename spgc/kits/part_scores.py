"""What platforms show of a part of a challenge's cases: the score that ranks, and its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spgc.challenge.definition import Challenge, RankingRule
from spgc.scoring.counts import Confusion, pooled
from spgc.scoring.intervals import CONFIDENCE, Interval, clopper_pearson


def counts_of(scored: Mapping[str, Any], sets: tuple[str, ...], classes: int) -> Confusion:
    """The confusion matrix of some sets together; scored: what a scorer says of a submission."""
    parts = [scored["sets"][name]["confusion"] for name in sets]
    return pooled([Confusion(tuple(map(tuple, rows))) for rows in parts], classes)


def share(counts: Confusion, rule: str) -> float:
    """Accuracy or balanced accuracy, as the challenge ranks. Raises ValueError without cases."""
    value = counts.balanced_accuracy if rule == "balanced accuracy" else counts.accuracy.value
    if value is None:
        raise ValueError("no case to score")
    return value


def interval(counts: Confusion, rule: str) -> Interval:
    """Around `share`, at 95 % or more: exact for an accuracy.

    That of a balanced accuracy is the mean of the exact intervals of its classes, each at so much
    that all of them hold together at 95 % (Bonferroni).
    """
    if rule != "balanced accuracy":
        return clopper_pearson(counts.accuracy.hits, counts.total)
    rates = [counts.sensitivity(place) for place in counts.present]
    each = 1 - (1 - CONFIDENCE) / len(rates)
    ends = [clopper_pearson(rate.hits, rate.total, each) for rate in rates]
    return sum(low for low, _ in ends) / len(ends), sum(high for _, high in ends) / len(ends)


def half_width(counts: Confusion, rule: str) -> float:
    """Half of the width of `interval`: what platforms print behind ±."""
    low, high = interval(counts, rule)
    return (high - low) / 2


def rule_during(challenge: Challenge) -> RankingRule:
    """What is shown of public sets while the challenge runs.

    A balanced accuracy tells the correct predictions of each class, so that it is shown only where
    these are; the accuracy is in its place.
    """
    return challenge.ranking.rule if challenge.feedback == "classes" else "accuracy"


def sets_by_phase(challenge: Challenge) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ranked sets whose results are shown during the challenge, and those of the end.

    Where all are public, or none is, the end is about all of them.
    """
    public = tuple(name for name in challenge.ranked if challenge.sets[name].public)
    hidden = tuple(name for name in challenge.ranked if not challenge.sets[name].public)
    return public, hidden or challenge.ranked
