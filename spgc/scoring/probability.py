"""Scores of probabilities: AUC, log loss, Brier score, calibration."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spgc.submissions.submission import Probabilities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BINS = 10
"""Equal bins of the calibration table (Guo et al., ICML 2017, use 15 for thousands of images)."""

FLOOR = 1e-15
"""Probabilities below are raised to it, so that one sure mistake doesn't make log loss infinite."""


ROUNDED = 1e-12
"""How far a sum may be from 1 by the rounding of its parts alone: then they stay as they are."""


@dataclass(frozen=True)
class Bin:
    """Cases whose highest probability lies in (low, high]."""

    low: float
    high: float
    cases: int
    hits: int
    mean_probability: float


@dataclass(frozen=True)
class Ranked:
    """Cases of a class and the others, by rising probability of the class.

    own, rest: positions of the cases; below, upto: how many of the rest have a lower probability
    than each of the class's own, and how many at most an equal one. All are integer arrays, so
    that time and memory grow with the number of cases and not with the number of pairs.
    """

    own: NDArray[np.intp]
    rest: NDArray[np.intp]
    below: NDArray[np.intp]
    upto: NDArray[np.intp]

    @classmethod
    def of(cls, truth: Sequence[int], p: Sequence[float], position: int) -> Ranked | None:
        """From the true class of each case and its probability of the class at `position`."""
        import numpy as np

        mine, values = np.asarray(truth) == position, np.asarray(p, dtype=float)
        order = np.argsort(values, kind="stable")
        own, rest = order[mine[order]], order[~mine[order]]
        if not own.size or not rest.size:
            return None
        below = np.searchsorted(values[rest], values[own], side="left")
        return cls(own, rest, below, np.searchsorted(values[rest], values[own], side="right"))

    def auc(self) -> float:
        """Share of pairs that the class's own case wins, ties count half.

        (Hanley and McNeil, Radiology 1982, 143, 29; Mann and Whitney 1947.)
        """
        return int((self.below + self.upto).sum()) / (2 * self.own.size * self.rest.size)

    def resampled_auc(self, weights: NDArray[np.int32]) -> NDArray[np.float64]:
        """The same for cases drawn several times each.

        weights: (resamples, cases) draws of each case, as many of each kind as there are cases.
        """
        import numpy as np

        drawn = np.zeros((len(weights), self.rest.size + 1), np.int32)
        np.cumsum(weights.take(self.rest, axis=1), axis=1, out=drawn[:, 1:])
        beaten = drawn.take(self.below, axis=1)
        beaten += drawn.take(self.upto, axis=1)
        wins = np.einsum("ij,ij->i", weights.take(self.own, axis=1), beaten, dtype=np.float64)
        value: NDArray[np.float64] = wins / (2 * self.own.size * self.rest.size)
        return value


@dataclass(frozen=True)
class Graded:
    """Cases with true class (position in `classes`) and probabilities as given.

    Log loss, Brier score and calibration use them rescaled to sum to 1; the reader lets nothing
    far from it pass. AUC uses them as given, so that rescaling makes or breaks no tie.
    """

    truth: tuple[int, ...]
    shares: tuple[Probabilities, ...]
    classes: tuple[str, ...]

    @classmethod
    def of(
        cls,
        truth: Sequence[str],
        shares: Sequence[Probabilities],
        classes: tuple[str, ...],
    ) -> Graded:
        """From class names and probabilities, in the same order."""
        places = {name: place for place, name in enumerate(classes)}
        return cls(tuple(places[label] for label in truth), tuple(shares), classes)

    def at(self, positions: Sequence[int]) -> Graded:
        """The cases at these positions, in this order."""
        truth, shares = self.truth, self.shares
        chosen = tuple(truth[i] for i in positions)
        return Graded(chosen, tuple(shares[i] for i in positions), self.classes)

    def _scaled(self) -> Iterator[tuple[int, Probabilities]]:
        for position, share in zip(self.truth, self.shares, strict=True):
            whole = math.fsum(share)  # `sum` rounds otherwise from Python 3.12 on
            if abs(whole - 1) <= ROUNDED:
                whole = 1.0  # else a printed 0.4 would lie in the bin above it
            yield position, tuple(p / whole for p in share)

    def losses(self) -> list[float]:
        """-ln of the true class's probability, per case."""
        return [-math.log(max(share[t], FLOOR)) for t, share in self._scaled()]

    def brier(self) -> list[float]:
        """Squared distance to the true class, per case, 0 to 2 (Brier 1950, several classes)."""
        return [
            math.fsum((p - (i == t)) ** 2 for i, p in enumerate(share))
            for t, share in self._scaled()
        ]

    def ranked(self, position: int) -> Ranked | None:
        """The cases in the order of a class's probability; None unless both kinds are there."""
        return Ranked.of(self.truth, [share[position] for share in self.shares], position)

    def values(self) -> dict[str, float]:
        """AUC per class with both kinds of case, their mean, log loss (nats) and Brier score."""
        ranked = {name: self.ranked(i) for i, name in enumerate(self.classes)}
        aucs = {f"auc:{name}": r.auc() for name, r in ranked.items() if r}
        named = dict(aucs)
        if aucs:
            named["auc:macro"] = math.fsum(aucs.values()) / len(aucs)
        named["log_loss"] = math.fsum(self.losses()) / len(self.truth)
        named["brier"] = math.fsum(self.brier()) / len(self.truth)
        return named

    def bins(self) -> list[Bin]:
        """Calibration of the most probable class; bins without cases are left out."""
        made = []
        tops = [(max(share), share.index(max(share)) == t) for t, share in self._scaled()]
        for k in range(BINS):
            low, high = k / BINS, (k + 1) / BINS
            inside = [(p, hit) for p, hit in tops if low < p <= high]
            if inside:
                mean = math.fsum(p for p, _ in inside) / len(inside)
                made.append(Bin(low, high, len(inside), sum(h for _, h in inside), mean))
        return made


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Expected calibration error, 0 to 1: mean |share right - mean probability| over cases."""
    total = sum(b.cases for b in bins)
    if not total:
        return None
    return math.fsum(abs(b.hits - b.cases * b.mean_probability) for b in bins) / total


def bin_dict(part: Bin) -> dict[str, Any]:
    return {
        "low": part.low,
        "high": part.high,
        "cases": part.cases,
        "hits": part.hits,
        "mean_probability": part.mean_probability,
    }
