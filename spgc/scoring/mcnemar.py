"""McNemar's exact test of two systems: interval of the difference, patients needed."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from statistics import NormalDist

from spgc.scoring.intervals import CONFIDENCE, Interval, at_least

ALPHA = 0.05
POWER = 0.8
"""Chance of a significant result that "enough patients" means, as trials are planned."""

MOST_PATIENTS = 10_000
"""Above this many patients no number is given: the systems are as good as equal."""

MOST_EXACT = 1000
"""Above this many patients that one system alone has right, the test is summed in doubles, which
agrees to 10 digits; whole numbers of so many digits take minutes."""


@lru_cache(maxsize=65536)
def exact_p(only_a: int, only_b: int) -> float:
    """Two-sided exact McNemar test (McNemar 1947; Fay, Biostatistics 2010, 11, 373).

    only_a, only_b: patients that one system alone got right. 1.0 when there is none.
    """
    discordant = only_a + only_b
    if discordant == 0:
        return 1.0
    if discordant > MOST_EXACT:
        return min(1.0, 2 * at_least(max(only_a, only_b), discordant, 0.5))
    tail = sum(math.comb(discordant, k) for k in range(min(only_a, only_b) + 1))
    return min(1.0, float(Fraction(2 * tail, 1 << discordant)))


def difference_interval(only_a: int, only_b: int, patients: int) -> Interval:
    """Score interval of the difference of two paired shares (Tango, Stat. Med. 1998, 17, 891).

    All differences that the score test does not reject at 5 %; within [-1, 1].
    """
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    middle = (only_a - only_b) / patients

    def inside(delta: float) -> bool:
        return abs(score_statistic(only_a, only_b, patients, delta)) <= z

    return _edge(inside, middle, -1.0), _edge(inside, middle, 1.0)


def score_statistic(only_a: int, only_b: int, patients: int, delta: float) -> float:
    """Tango's score statistic of the hypothesis that the difference is `delta`."""
    excess = only_a - only_b - patients * delta
    # The likelihood is highest, under the hypothesis, at the larger root of this equation.
    b = -only_a - only_b + (2 * patients - only_a + only_b) * delta
    c = -only_b * delta * (1 - delta)
    q = (math.sqrt(max(0.0, b * b - 8 * patients * c)) - b) / (4 * patients)
    variance = patients * (2 * q + delta * (1 - delta))
    if variance <= 1e-12:
        return 0.0 if abs(excess) < 1e-9 else math.copysign(math.inf, excess)
    return excess / math.sqrt(variance)


def _edge(inside: Callable[[float], bool], start: float, end: float) -> float:
    """Where the statistic leaves the accepted range, between `start` and `end`, by halving."""
    if inside(end):
        return end
    for _ in range(60):
        middle = (start + end) / 2
        start, end = (middle, end) if inside(middle) else (start, middle)
    return start


def power(patients: int, only_a: float, only_b: float) -> float:
    """Chance that the exact test is significant with so many patients.

    only_a, only_b: expected shares of patients that one system alone gets right.
    """
    share = only_a + only_b
    odds = only_a / share
    middle, spread = patients * share, 7 * math.sqrt(patients * share * (1 - share)) + 1
    chance = 0.0
    for discordant in range(max(0, int(middle - spread)), min(patients, int(middle + spread)) + 1):
        limit = _critical(discordant)
        if limit < 0:
            continue
        weight = at_least(discordant, patients, share) - at_least(discordant + 1, patients, share)
        lower = at_least(discordant - limit, discordant, 1 - odds)
        chance += weight * (lower + at_least(discordant - limit, discordant, odds))
    return chance


@lru_cache(maxsize=65536)
def _critical(discordant: int) -> int:
    """Most patients on the rarer side for which the exact test is significant; -1 for none."""
    bound, tail, k = ALPHA / 2, 0.0, -1
    while k + 1 <= discordant // 2:
        tail += math.exp(
            math.lgamma(discordant + 1)
            - math.lgamma(k + 2)
            - math.lgamma(discordant - k)
            - discordant * math.log(2)
        )
        if tail > bound:
            break
        k += 1
    return k


@lru_cache(maxsize=4096)
def patients_needed(only_a: int, only_b: int, patients: int) -> int | None:
    """Patients with which the exact test has 80 % power, if the observed shares are the true ones.

    None where the systems are equal on these patients, or the number exceeds `MOST_PATIENTS`.
    The search starts at Connor's approximation (Biometrics 1987, 43, 207).
    """
    a, b = only_a / patients, only_b / patients
    if only_a == only_b:
        return None
    needed = _connor(a, b)
    while needed <= MOST_PATIENTS and power(needed, a, b) < POWER:
        needed += max(1, needed // 50)
    return needed if needed <= MOST_PATIENTS else None


def _connor(only_a: float, only_b: float) -> int:
    share, difference = only_a + only_b, only_a - only_b
    normal = NormalDist()
    z_test, z_power = normal.inv_cdf(1 - ALPHA / 2), normal.inv_cdf(POWER)
    spread = math.sqrt(max(0.0, share - difference**2))
    return math.ceil((z_test * math.sqrt(share) + z_power * spread) ** 2 / difference**2)
