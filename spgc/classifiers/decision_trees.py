"""Decision trees of scikit-learn as plain numbers, which answer as it does without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.protocol import CLASSES

LEAF = -1
"""What stands for the children of a leaf."""

MAX_NODES = 1_000_000
"""Of a tree, far above what training makes (some 50)."""


@dataclass(frozen=True)
class DecisionTree:
    """A decision tree of N nodes, node 0 its root.

    left, right: (N,) number of the node for values up to the threshold, and above; `LEAF` in a
    leaf. feature, threshold: (N,) what is compared. value: (N, C) class shares.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    value: NDArray[np.float64]

    def shares(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """(N, F) features to the (N, C) class shares of their leaves."""
        nodes = np.zeros(len(features), np.int64)
        while len(inner := np.flatnonzero(self.left[nodes] != LEAF)):
            at = nodes[inner]
            low = features[inner, self.feature[at]] <= self.threshold[at]
            nodes[inner] = np.where(low, self.left[at], self.right[at])
        return self.value[nodes]

    def document(self) -> dict[str, Any]:
        """Ready for JSON, exactly."""
        return {name: getattr(self, name).tolist() for name in _FIELDS}


_FIELDS = ("left", "right", "feature", "threshold", "value")


def fitted_tree(tree: Any) -> DecisionTree:
    """The tree in a fitted scikit-learn classifier of the classes 0 to C - 1 (`tree_`)."""
    leaf = tree.children_left < 0
    return DecisionTree(
        tree.children_left.astype(np.int64),
        tree.children_right.astype(np.int64),
        np.where(leaf, 0, tree.feature).astype(np.int64),
        np.where(leaf, 0.0, tree.threshold).astype(np.float64),
        tree.value[:, 0, :].astype(np.float64),
    )


def stored_tree(document: Mapping[str, Any], features: int) -> DecisionTree:
    """The tree that `document` wrote, for `features` features.

    Raises ValueError, KeyError or TypeError for what is none: a node that does not exist would be
    followed without a look, and one that leads back without an end.
    """
    if set(document) != set(_FIELDS):
        raise ValueError(f"a tree of {', '.join(sorted(document))[:80]}")
    left, right, feature = (_numbers(document[name]) for name in _FIELDS[:3])
    threshold, value = (np.asarray(document[name], np.float64) for name in _FIELDS[3:])
    count = len(left)
    if not 0 < count <= MAX_NODES:
        raise ValueError(f"{count} nodes in a tree")
    if not right.shape == feature.shape == threshold.shape == (count,):
        raise ValueError("columns of a tree differ in length")
    if value.shape != (count, len(CLASSES)):
        raise ValueError(f"class shares of shape {value.shape}")
    if not (np.isfinite(threshold).all() and np.isfinite(value).all()):
        raise ValueError("numbers that are not finite")
    if ((feature < 0) | (feature >= features)).any():
        raise ValueError(f"a feature beyond {features}")
    leaf = left == LEAF
    later = (left > np.arange(count)) & (right > np.arange(count))
    if (leaf != (right == LEAF)).any() or not (later | leaf).all():
        raise ValueError("children that come before their node")
    if max(left.max(), right.max()) >= count:
        raise ValueError("a child that does not exist")
    return DecisionTree(left, right, feature, threshold, value)


def _numbers(values: Any) -> NDArray[np.int64]:
    if not isinstance(values, list) or not all(type(value) is int for value in values):
        raise ValueError("a column of a tree that holds other things than whole numbers")
    return np.array(values, np.int64)
