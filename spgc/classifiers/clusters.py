"""Clusters of slices by their features: k-means, the largest cluster first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.classifier import Features, check_finite

STARTS = 10
"""Random starts of k-means, of which the best is taken."""


def clusters_by_size(features: Features, count: int, seed: int) -> NDArray[np.int64]:
    """(N, F) features to the (N,) number of each row's cluster, 0 for the largest.

    Features are standardised first. There are `count` clusters, or as many as there are different
    rows.
    """
    from sklearn.cluster import KMeans

    check_finite(features)
    exact = features.astype(np.float64)
    spread = exact.std(axis=0)
    standard = (exact - exact.mean(axis=0)) / np.where(spread < 1e-9, 1.0, spread)
    most = min(count, len(np.unique(standard, axis=0)))
    found = KMeans(most, n_init=STARTS, random_state=seed).fit_predict(standard)
    sizes = np.bincount(found, minlength=most)
    ranks = np.empty(most, np.int64)
    ranks[np.argsort(-sizes, kind="stable")] = np.arange(most)
    return np.asarray(ranks[found], np.int64)
