"""The Ladder: show a new score only when it is clearly better than the best one shown before.

Blum and Hardt, "The Ladder: a reliable leaderboard for machine learning competitions", ICML 2015
(arXiv 1502.04585), the variant without parameters: a score is shown when it beats the best by more
than one standard error of the paired difference. A function of the answers and the labels: what has
been shown so far is an explicit state, one for each team, that a server can keep between two
submissions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.errors import DataError

ClassNumbers = Sequence[int] | NDArray[np.intp]
"""The class of each case, from 0; cases always in the same order."""

SCHEMA = "spgc-ladder/1"

MOST_ERRORS = 5
"""Standard errors beyond which no improvement would ever be shown."""


@dataclass(frozen=True)
class Ladder:
    """What has been shown so far; it holds no label.

    best: answers of the best submission that was shown; score: its correct predictions; both None
    before the first. standard_errors: by how many of them a score has to be better.
    """

    standard_errors: int = 1
    best: tuple[int, ...] | None = None
    score: int | None = None

    def offered(self, answers: ClassNumbers, truth: ClassNumbers) -> Ladder:
        """The ladder after one more submission: another one if its score is shown, else itself.

        answers, truth: (N,). Raises DataError unless they are as many as before.
        """
        given, labels = np.asarray(answers), np.asarray(truth)
        _same_number(len(given), len(labels))
        right = given == labels
        if self.best is not None:
            _same_number(len(self.best), len(labels))
            before = np.asarray(self.best) == labels
            gained, lost = int((right & ~before).sum()), int((before & ~right).sum())
            if not clearly_better(gained, lost, len(labels), self.standard_errors):
                return self
        return Ladder(self.standard_errors, tuple(given.tolist()), int(right.sum()))

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "standard_errors": self.standard_errors,
            "best": None if self.best is None else list(self.best),
            "score": self.score,
        }


def clearly_better(gained: int, lost: int, cases: int, standard_errors: int = 1) -> bool:
    """Whether a score is better by more than so many standard errors of the paired difference.

    gained, lost: cases that the new answers alone have right, and the old ones alone. The
    difference per case is 1, 0 or -1; its mean is (gained - lost) / cases, and the standard error
    of that is the sample's standard deviation (divisor cases - 1) over the root of `cases`. In
    whole numbers, so that no rounding decides; with one standard error it says
    (gained - lost)² > gained + lost, whatever the number of cases: a single corrected answer is
    never shown.
    """
    ahead, errors = gained - lost, standard_errors**2
    return ahead > 0 and ahead**2 * (cases - 1 + errors) > errors * cases * (gained + lost)


def rungs(
    submissions: Iterable[ClassNumbers], truth: ClassNumbers, ladder: Ladder | None = None
) -> tuple[list[int | None], Ladder]:
    """What is shown per submission, in order: correct predictions, or None; and the new ladder.

    ladder: what was shown before, if anything. Raises DataError as `Ladder.offered` does.
    """
    now = ladder or Ladder()
    shown: list[int | None] = []
    for answers in submissions:
        before, now = now, now.offered(answers, truth)
        shown.append(None if now is before else now.score)
    return shown, now


def ladder_of(document: Mapping[str, Any]) -> Ladder:
    """The ladder that `as_dict` wrote. Raises DataError for any other document."""
    known: Mapping[str, Any] = document if isinstance(document, Mapping) else {}
    best, score = known.get("best"), known.get("score")
    errors = known.get("standard_errors")
    if (
        known.get("schema") == SCHEMA
        and type(errors) is int
        and 1 <= errors <= MOST_ERRORS
        and (best is None) == (score is None)
        and (best is None or (_are_classes(best) and _is_count(score, len(best))))
    ):
        return Ladder(errors, None if best is None else tuple(best), score)
    raise DataError("this is no state of a ladder", expected=f"what spgc wrote, schema {SCHEMA}")


def _are_classes(best: object) -> bool:
    return isinstance(best, list) and all(type(one) is int and one >= 0 for one in best)


def _is_count(score: object, most: int) -> bool:
    return type(score) is int and 0 <= score <= most


def _same_number(found: int, expected: int) -> None:
    if found != expected:
        raise DataError("a submission has not one answer per case", found=found, expected=expected)
