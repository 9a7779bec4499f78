"""The boards of a challenge on EvalAI: which there are, who sees them, and their numbers.

The configuration and the evaluation take names and labels from here, since EvalAI drops or refuses
a result whose names differ from the configuration's by a letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spgc.challenge.definition import Challenge
from spgc.kits.part_scores import counts_of, half_width, rule_during, share
from spgc.scoring.counts import Confusion, Rate

PHASE = "submissions"
"""Codename of the one phase."""

FINAL, PUBLIC = "final", "public"
"""Codenames of what ranks at the end, and of the public sets together."""

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

    @property
    def leaderboard(self) -> int:
        """The number of the leaderboard whose columns it has: see `leaderboards`."""
        return 2 if self.shown else 1


def evalai_boards(challenge: Challenge) -> list[EvalaiBoard]:
    """What ranks at the end, for hosts; then the public sets together, and each ranked set by
    itself, where that is something else.

    Participants see no more than the challenge shows back, and nothing of a set that is not
    public.
    """
    public = tuple(name for name in challenge.ranked if challenge.sets[name].public)
    boards = [EvalaiBoard(FINAL, "Final", challenge.ranked, shown=False)]
    if public:
        shown = challenge.feedback in ("hits", "sets", "classes")
        boards.append(EvalaiBoard(PUBLIC, "Public", public, shown))
    each = public if challenge.feedback in ("sets", "classes") else ()
    for name in challenge.ranked:
        title = f"Set {challenge.sets[name].title}"
        if (name,) not in (public, challenge.ranked):
            boards.append(EvalaiBoard(f"set {name}", title, (name,), name in each))
    return boards


def leaderboards(challenge: Challenge) -> dict[int, list[str]]:
    """The columns of both leaderboards; the first one ranks. 1 is for hosts, 2 for all."""
    each = [f"correct {name}" for name in challenge.names]
    shown = _columns(rule_during(challenge))
    return {
        1: _columns(challenge.ranking.rule) + each,
        2: shown + each if challenge.feedback == "classes" else shown,
    }


def _columns(rule: str) -> list[str]:
    return [*dict.fromkeys([rule, "accuracy"]), "correct"]


def evalai_result(challenge: Challenge, scored: Mapping[str, Any]) -> dict[str, Any]:
    """What `evaluate` returns: numbers of every board, with half of the width of their intervals.

    scored: what a scorer says of a submission. Its team is shown the boards that everybody sees.
    """
    boards, columns = evalai_boards(challenge), leaderboards(challenge)
    values, errors = {}, {}
    for board in boards:
        counts = counts_of(scored, board.sets, len(challenge.names))
        told = {label: _number(challenge, label, counts) for label in columns[board.leaderboard]}
        values[board.codename] = {label: value for label, (value, _) in told.items()}
        errors[board.codename] = {f"error_{label}": half for label, (_, half) in told.items()}
    return {
        "result": [{name: numbers} for name, numbers in values.items()],
        "error": [{name: halves} for name, halves in errors.items()],
        "submission_result": {one.title: values[one.codename] for one in boards if one.shown},
        "submission_metadata": dict(scored),
    }


def _number(challenge: Challenge, label: str, counts: Confusion) -> tuple[float, float]:
    """The number of a column, and half of the width of its interval."""
    if label in ("accuracy", "balanced accuracy"):
        return share(counts, label), half_width(counts, label)
    if label == "correct":
        return _count(counts.accuracy)
    place = [f"correct {name}" for name in challenge.names].index(label)
    return _count(counts.sensitivity(place))


def _count(rate: Rate) -> tuple[float, float]:
    """Correct predictions as a number, never without a value: 0 of 0 is 0."""
    low, high = rate.exact or (0.0, 0.0)
    return rate.hits, (high - low) / 2 * rate.total
