"""Confidence intervals of a share of patients: exact (Clopper-Pearson) and Wilson.

Written out in plain Python because importing scipy takes longer than scoring 90 patients; tests
hold both to scipy and statsmodels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

CONFIDENCE = 0.95

_HALVINGS = 60
"""Bisection steps: after 60 the bracket is narrower than a double can tell apart."""

Interval = tuple[float, float]


@lru_cache(maxsize=4096)
def clopper_pearson(hits: int, total: int, confidence: float = CONFIDENCE) -> Interval:
    """Exact interval of a binomial share (Clopper and Pearson, Biometrika 1934, 26, 404).

    hits: 0 to total; total: at least 1. Returns (low, high) in [0, 1]. Raises ValueError otherwise.
    """
    _check(hits, total)
    tail = (1 - confidence) / 2
    low = high = 0.0
    if hits > 0:
        low = _root(lambda p: at_least(hits, total, p) - tail)
    high = 1.0 if hits == total else _root(lambda p: at_least(hits + 1, total, p) - (1 - tail))
    return low, high


@lru_cache(maxsize=4096)
def wilson(hits: int, total: int, confidence: float = CONFIDENCE) -> Interval:
    """Score interval of a binomial share (Wilson, JASA 1927, 22, 209), without correction."""
    _check(hits, total)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, z2 = hits / total, z * z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = z / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    return low, 1.0 if hits == total else min(1.0, middle + half)


def _check(hits: int, total: int) -> None:
    if total < 1 or not 0 <= hits <= total:
        raise ValueError(f"no share of {hits} out of {total}")


def at_least(hits: int, total: int, share: float) -> float:
    """P(X >= hits) for X ~ Binomial(total, share); any `hits`, share in [0, 1]."""
    if hits <= 0:
        return 1.0
    if hits > total or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    if hits > total * share:
        return _tail(hits, total, share)
    return 1.0 - _tail(total - hits + 1, total, 1 - share)


def _tail(hits: int, total: int, share: float) -> float:
    """P(X >= hits) summed from `hits` upwards, where terms fall off fast."""
    log_first = (
        math.lgamma(total + 1)
        - math.lgamma(hits + 1)
        - math.lgamma(total - hits + 1)
        + hits * math.log(share)
        + (total - hits) * math.log1p(-share)
    )
    term = whole = 1.0
    odds = share / (1 - share)
    for k in range(hits, total):
        term *= odds * (total - k) / (k + 1)
        whole += term
        if term < whole * 1e-18:
            break
    return math.exp(log_first + math.log(whole))


def _root(rising: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2
