"""Intervals of what has no exact form, by a seeded bootstrap over patients.

Patients are drawn with replacement within each split and true class, so that every resample has
the challenge's own make-up; the interval is the 2.5th to 97.5th percentile (Efron 1979).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from spgc.protocol import CLASSES
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


def confusion_intervals(
    strata: Sequence[Confusion], resamples: int = RESAMPLES, seed: int = SEED
) -> dict[str, Interval]:
    """Intervals of balanced accuracy and macro F1 of the pooled `strata` (one per split).

    A resample of the patients of one split and class is a multinomial draw from its row.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    drawn = np.zeros((resamples, len(CLASSES), len(CLASSES)))
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

    losses, brier = np.array(graded.losses()), np.array(graded.brier())
    kernels = {i: k for i in range(len(CLASSES)) if (k := graded.auc_kernel(i)) is not None}
    drawn: dict[str, list[NDArray[np.float64]]] = {}
    for weights in _weights(strata, resamples, seed):
        aucs = [_auc(weights, *kernel) for kernel in kernels.values()]
        named = dict(zip((f"auc:{CLASSES[i]}" for i in kernels), aucs, strict=True))
        if aucs:
            named["auc:macro"] = np.mean(aucs, axis=0)
        named["log_loss"] = weights @ losses / len(losses)
        named["brier"] = weights @ brier / len(brier)
        for name, values in named.items():
            drawn.setdefault(name, []).append(values)
    return {name: _percentiles(np.concatenate(parts)) for name, parts in drawn.items()}


def _auc(
    weights: NDArray[np.float64], own: list[int], rest: list[int], kernel: NDArray[np.float64]
) -> NDArray[np.float64]:
    wins = ((weights[:, own] @ kernel) * weights[:, rest]).sum(axis=1)
    value: NDArray[np.float64] = wins / (len(own) * len(rest))
    return value


def _weights(strata: Sequence[object], resamples: int, seed: int) -> Any:
    """How often each case is drawn, in chunks of shape (resamples, cases)."""
    import numpy as np

    random = np.random.default_rng(seed)
    groups: dict[object, list[int]] = {}
    for i, key in enumerate(strata):
        groups.setdefault(key, []).append(i)
    for start in range(0, resamples, _CHUNK):
        size = min(_CHUNK, resamples - start)
        weights = np.zeros((size, len(strata)))
        for members in groups.values():
            n = len(members)
            drawn = random.integers(0, n, (size, n)) + np.arange(0, size * n, n)[:, None]
            counts = np.bincount(drawn.ravel(), minlength=size * n)
            weights[:, members] = counts.reshape(size, n)
        yield weights


def _percentiles(values: NDArray[np.float64]) -> Interval:
    import numpy as np

    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
