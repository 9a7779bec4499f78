"""Confidence intervals by a seeded bootstrap over patients, for what has no exact form.

Patients are drawn with replacement within each split and true class, so that every resample has
the challenge's own make-up; the interval is the 2.5th to 97.5th percentile (Efron 1979).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from spgc.scoring.counts import Confusion
from spgc.scoring.intervals import CONFIDENCE, Interval
from spgc.scoring.probability import Graded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESAMPLES = 10_000
SEED = 0
_CHUNK = 250
"""Resamples worked on at once where each needs a weight per patient: few enough that BLAS keeps the
product on one thread, since waking others for so small a product takes up to 30 times as long."""
_ELEMENTS = 2**18
"""Weights worked on at once where there are more than about a thousand cases: few enough for a
processor's cache, so that time and memory grow in a straight line with the number of cases."""


def confusion_intervals(
    strata: Sequence[Confusion], resamples: int = RESAMPLES, seed: int = SEED
) -> dict[str, Interval]:
    """Intervals of balanced accuracy and macro F1 of the pooled `strata` (one per split).

    A resample of the patients of one split and class is a multinomial draw from its row.
    """
    return dict(_confusion_intervals(tuple(strata), resamples, seed))


@lru_cache(maxsize=4096)
def _confusion_intervals(
    strata: tuple[Confusion, ...], resamples: int, seed: int
) -> Mapping[str, Interval]:
    """The same; of many small sets most have the counts of another."""
    import numpy as np

    random = np.random.default_rng(seed)
    classes = len(strata[0].counts)
    drawn = np.zeros((resamples, classes, classes))
    for part in strata:
        for i in part.present:
            row = np.array(part.counts[i], dtype=float)
            drawn[:, i] += random.multinomial(int(row.sum()), row / row.sum(), size=resamples)
    cases, calls = drawn.sum(axis=2), drawn.sum(axis=1)
    hits = np.diagonal(drawn, axis1=1, axis2=2)
    present = cases[0] > 0
    sensitivity = hits[:, present] / cases[:, present]
    f1 = 2 * hits[:, present] / (cases + calls)[:, present]
    return {
        "balanced_accuracy": _percentiles(sensitivity.mean(axis=1)),
        "macro_f1": _percentiles(f1.mean(axis=1)),
    }


def probability_intervals(
    graded: Graded, strata: Sequence[object], resamples: int = RESAMPLES, seed: int = SEED
) -> dict[str, Interval]:
    """Intervals of log loss, Brier score and each class's AUC.

    strata: one key per case; patients are exchanged within equal keys only.
    """
    import numpy as np

    # Equal keys side by side: a stratum's draws are then one block, which is quick to write.
    places: dict[object, list[int]] = {}
    for i, key in enumerate(strata):
        places.setdefault(key, []).append(i)
    graded = graded.at([i for group in places.values() for i in group])
    n = len(graded.truth)
    losses, brier = np.array(graded.losses()) / n, np.array(graded.brier()) / n
    named = enumerate(graded.classes)
    ranked = [(f"auc:{name}", r) for i, name in named if (r := graded.ranked(i))]
    columns = [*(name for name, _ in ranked), "log_loss", "brier"]
    drawn = np.empty((resamples, len(columns)))
    start = 0
    for weights in _weights([len(group) for group in places.values()], resamples, seed):
        part = drawn[start : start + len(weights)]
        for column, (_, cases) in enumerate(ranked):
            part[:, column] = cases.resampled_auc(weights)
        drawn_often = weights.astype(float)
        part[:, -2], part[:, -1] = drawn_often @ losses, drawn_often @ brier
        start += len(weights)
    found = {name: _percentiles(drawn[:, i]) for i, name in enumerate(columns)}
    if ranked:
        found["auc:macro"] = _percentiles(drawn[:, : len(ranked)].mean(axis=1))
    return found


def _weights(sizes: Sequence[int], resamples: int, seed: int) -> Iterator[NDArray[np.int32]]:
    """How often each case is drawn, in chunks of shape (resamples, cases).

    sizes: how many cases each stratum has; strata lie side by side.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    ends = np.cumsum(sizes)
    chunk = max(1, min(_CHUNK, _ELEMENTS // int(ends[-1])))
    for start in range(0, resamples, chunk):
        size = min(chunk, resamples - start)
        weights = np.zeros((size, ends[-1]), np.int32)
        for n, end in zip(sizes, ends, strict=True):
            drawn = random.integers(0, n, (size, n))
            drawn += np.arange(0, size * n, n)[:, None]
            counts = np.bincount(drawn.ravel(), minlength=size * n)
            weights[:, end - n : end] = counts.reshape(size, n)
        yield weights


def _percentiles(values: NDArray[np.float64]) -> Interval:
    import numpy as np

    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
