"""The boards of a challenge on EvalAI: which there are, who sees them, and their numbers.

The configuration and the evaluation take names and labels from here, since EvalAI drops or refuses
a result whose names differ from the configuration's by a letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spgc.challenge.definition import Challenge
from spgc.kits.part_scores import counts_of, half_width, share
from spgc.scoring.counts import Confusion, Rate

PHASE = "submissions"
"""Codename of the one phase."""

ALL, PUBLIC = "ranked", "public"
"""Codenames of what ranks, and of the public sets together."""

HOSTS, EVERYBODY = 1, 3
"""EvalAI's numbers for who sees a board."""


@dataclass(frozen=True)
class EvalaiBoard:
    """One dataset split of EvalAI: some sets together; shown: to participants."""

    codename: str
    title: str
    sets: tuple[str, ...]
    shown: bool

    @property
    def visibility(self) -> int:
        return EVERYBODY if self.shown else HOSTS


def evalai_boards(challenge: Challenge) -> list[EvalaiBoard]:
    """What ranks first, then the public sets together, then set by set where there are several.

    Participants see no more than the challenge shows back, and nothing of a set that is not
    public. EvalAI remembers no scores for a scorer, so that under `ladder` they see nothing.
    """
    public = tuple(name for name in challenge.ranked if challenge.sets[name].public)
    together = challenge.feedback in ("hits", "sets", "classes")
    each = challenge.feedback in ("sets", "classes")
    shown = together and public == challenge.ranked
    boards = [EvalaiBoard(ALL, "All ranked sets", challenge.ranked, shown)]
    if 0 < len(public) < len(challenge.ranked):
        boards.append(EvalaiBoard(PUBLIC, "Public sets", public, together))
    if len(challenge.ranked) > 1:
        for name in challenge.ranked:
            title = challenge.sets[name].title
            boards.append(EvalaiBoard(f"set {name}", title, (name,), each and name in public))
    return boards


def labels(challenge: Challenge) -> list[str]:
    """The columns of every board; the first one ranks."""
    rule = challenge.ranking.rule
    named = [rule] if rule == "accuracy" else [rule, "accuracy"]
    if challenge.feedback != "classes":
        return [*named, "correct"]
    return [*named, "correct", *(f"correct {name}" for name in challenge.names)]


def evalai_result(challenge: Challenge, scored: Mapping[str, Any]) -> dict[str, Any]:
    """What `evaluate` returns: numbers of every board, with half of the width of their intervals.

    scored: what a scorer says of a submission. The team is shown the boards that everybody sees.
    """
    boards = evalai_boards(challenge)
    values, errors = {}, {}
    for board in boards:
        counts = counts_of(scored, board.sets, len(challenge.names))
        columns = _columns(challenge, counts)
        values[board.codename] = {label: value for label, (value, _) in columns.items()}
        errors[board.codename] = {f"error_{label}": half for label, (_, half) in columns.items()}
    return {
        "result": [{name: numbers} for name, numbers in values.items()],
        "error": [{name: halves} for name, halves in errors.items()],
        "submission_result": {one.title: values[one.codename] for one in boards if one.shown},
        "submission_metadata": dict(scored),
    }


def _columns(challenge: Challenge, counts: Confusion) -> dict[str, tuple[float, float]]:
    """Number and half width by label."""
    made = {
        rule: (share(counts, rule), half_width(counts, rule))
        for rule in labels(challenge)
        if rule in ("accuracy", "balanced accuracy")
    }
    made["correct"] = _count(counts.accuracy)
    if challenge.feedback == "classes":
        for place, name in enumerate(challenge.names):
            made[f"correct {name}"] = _count(counts.sensitivity(place))
    return made


def _count(rate: Rate) -> tuple[float, float]:
    """Correct predictions as a number, never without a value: 0 of 0 is 0."""
    low, high = rate.exact or (0.0, 0.0)
    return rate.hits, (high - low) / 2 * rate.total
