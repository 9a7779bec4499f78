"""What probabilities add to a score: AUC, log loss, Brier score, calibration."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spgc.protocol import CLASSES
from spgc.scoring.submission import Probabilities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BINS = 10
"""Equal bins of the calibration table (Guo et al., ICML 2017, use 15 for thousands of images)."""

FLOOR = 1e-15
"""Probabilities below are raised to it, so that one sure mistake doesn't make log loss infinite."""


@dataclass(frozen=True)
class Bin:
    """Cases whose highest probability lies in (low, high]."""

    low: float
    high: float
    cases: int
    hits: int
    mean_probability: float


@dataclass(frozen=True)
class Graded:
    """Cases with true class (position in `CLASSES`) and probabilities as given.

    Log loss, Brier score and calibration use them rescaled to sum to 1; the reader lets nothing
    far from it pass. AUC uses them as given, so that rescaling makes or breaks no tie.
    """

    truth: tuple[int, ...]
    shares: tuple[Probabilities, ...]

    @classmethod
    def of(cls, truth: Sequence[str], shares: Sequence[Probabilities]) -> Graded:
        """From class names and probabilities, in the same order."""
        return cls(tuple(CLASSES.index(label) for label in truth), tuple(shares))

    def _scaled(self) -> Iterator[tuple[int, Probabilities]]:
        for position, (a, b, c) in zip(self.truth, self.shares, strict=True):
            whole = a + b + c
            yield position, (a / whole, b / whole, c / whole)

    def losses(self) -> list[float]:
        """-ln of the true class's probability, per case."""
        return [-math.log(max(share[t], FLOOR)) for t, share in self._scaled()]

    def brier(self) -> list[float]:
        """Squared distance to the true class, per case, 0 to 2 (Brier 1950, several classes)."""
        return [
            sum((p - (i == t)) ** 2 for i, p in enumerate(share)) for t, share in self._scaled()
        ]

    def auc_kernel(self, position: int) -> tuple[list[int], list[int], NDArray[np.float64]] | None:
        """Cases of a class, other cases, and who beats whom (1, ½ for a tie, 0); None if empty.

        Its mean is the AUC (Hanley and McNeil, Radiology 1982, 143, 29).
        """
        import numpy as np

        own = [i for i, t in enumerate(self.truth) if t == position]
        rest = [i for i, t in enumerate(self.truth) if t != position]
        if not own or not rest:
            return None
        p = np.array([share[position] for share in self.shares])
        difference = p[own][:, None] - p[rest][None, :]
        return own, rest, (np.sign(difference) + 1) / 2

    def values(self) -> dict[str, float]:
        """AUC per class with both kinds of case, their mean, log loss (nats) and Brier score."""
        kernels = {name: self.auc_kernel(i) for i, name in enumerate(CLASSES)}
        aucs = {f"auc:{name}": float(k[2].mean()) for name, k in kernels.items() if k}
        named = dict(aucs)
        if aucs:
            named["auc:macro"] = sum(aucs.values()) / len(aucs)
        named["log_loss"] = sum(self.losses()) / len(self.truth)
        named["brier"] = sum(self.brier()) / len(self.truth)
        return named

    def bins(self) -> list[Bin]:
        """Calibration of the most probable class; bins without cases are left out."""
        made = []
        tops = [(max(share), share.index(max(share)) == t) for t, share in self._scaled()]
        for k in range(BINS):
            low, high = k / BINS, (k + 1) / BINS
            inside = [(p, hit) for p, hit in tops if low < p <= high]
            if inside:
                mean = sum(p for p, _ in inside) / len(inside)
                made.append(Bin(low, high, len(inside), sum(h for _, h in inside), mean))
        return made


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Expected calibration error, 0 to 1: mean |share right - mean probability| over cases."""
    total = sum(b.cases for b in bins)
    if not total:
        return None
    return sum(abs(b.hits - b.cases * b.mean_probability) for b in bins) / total


def bin_dict(part: Bin) -> dict[str, Any]:
    return {
        "low": part.low,
        "high": part.high,
        "cases": part.cases,
        "hits": part.hits,
        "mean_probability": part.mean_probability,
    }
