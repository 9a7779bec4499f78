"""Climbing the ladder: change some answers of the best file, and keep the change if it is shown.

The attack against which holding scores back helps least. It starts with the majority class of each
set. Submission t changes half of the cases divided by t^0.6, but as many as can be shown to be
better, to other classes by their shares: large steps find much as long as little is correct, small
ones don't destroy what is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

from spgc.disclosure.hidden_sets import HiddenLabels
from spgc.disclosure.ladder import Ladder, clearly_better

COOLING = 0.6
"""Of the powers tried (0.4, 0.5, 0.6) the one that gets furthest with 100 submissions or more."""


def climb(
    hidden: HiddenLabels, submissions: Sequence[int], ladder: Ladder, random: np.random.Generator
) -> list[tuple[int, int]]:
    """Labels that are correct after so many submissions, and those known for certain.

    Certain are those of a step that raised the score by as many answers as it changed.
    submissions: rising numbers.
    """
    best = hidden.shares.argmax(axis=1)
    certain = np.zeros(hidden.cases, dtype=bool)
    now, made = ladder, []
    least = next(
        k for k in count(1) if clearly_better(k, 0, hidden.cases + k, ladder.standard_errors)
    )
    for t in range(1, submissions[-1] + 1):
        number = max(least, round(hidden.cases / 2 / t**COOLING))
        answers = best if t == 1 else _changed(best, number, hidden.shares, random)
        before, now = now, now.offered(answers, hidden.truth)
        if now is not before:
            changed = answers != best
            if changed.any() and (now.score or 0) - (before.score or 0) == changed.sum():
                certain |= changed
            best = answers
        if t in submissions:
            made.append((int((best == hidden.truth).sum()), int(certain.sum())))
    return made


def _changed(
    best: NDArray[np.intp], number: int, shares: NDArray[np.float64], random: np.random.Generator
) -> NDArray[np.intp]:
    """The best answers with some changed; those of sets with one class stay as they are."""
    cases = random.choice(len(best), min(number, len(best)), replace=False)
    others = shares[cases]
    others[np.arange(len(cases)), best[cases]] = 0
    total = others.sum(axis=1)
    cases, others, total = cases[total > 0], others[total > 0], total[total > 0]
    below = others.cumsum(axis=1) / total[:, None]
    drawn = random.random(len(cases))[:, None]
    answers = best.copy()
    answers[cases] = (drawn >= below[:, :-1]).sum(axis=1)
    return answers
