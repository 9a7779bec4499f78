"""AdaBoost of shallow decision trees (SAMME), as scikit-learn has it, stored as plain numbers.

The loop is ours: the arguments of scikit-learn's own changed from release to release. Tests hold
that both give the same trees, votes and probabilities.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.classifier import Classes, Features, check_finite
from spgc.classifiers.decision_trees import DecisionTree, fitted_tree, stored_tree
from spgc.classifiers.samme import GUESSING, learner_weight, next_weights, weighted_error
from spgc.classifiers.softmax import softmax
from spgc.classifiers.stored import MALFORMED, damaged, read_content
from spgc.errors import DataError
from spgc.files.json_documents import parse_json
from spgc.files.whole import write_text
from spgc.protocol import CLASSES

PERFECT = 1.0
"""Vote of a tree that misses nothing, after which boosting ends (scikit-learn's)."""

MAX_TREES = 10_000


class BoostedTrees:
    """Trees with votes; every slice goes through all of them."""

    def __init__(self, trees: Sequence[DecisionTree], votes: Sequence[float]) -> None:
        self._trees, self._votes = tuple(trees), np.asarray(votes, np.float64)

    def probabilities(self, features: Features) -> Features:
        """(N, F) features to (N, 3) probabilities (equation 15 of the paper)."""
        check_finite(features)
        scores = np.zeros((len(features), len(CLASSES)))
        for tree, vote in zip(self._trees, self._votes, strict=True):
            named = np.eye(len(CLASSES), dtype=bool)[tree.shares(features).argmax(axis=1)]
            scores += np.where(named, vote, -1 / (len(CLASSES) - 1) * vote)
        scores /= self._votes.sum()
        scores /= len(CLASSES) - 1
        return softmax(scores).astype(np.float32)

    def save(self, path: Path) -> None:
        """Write trees and votes as JSON, exactly."""
        trees = [tree.document() for tree in self._trees]
        write_text(path, json.dumps({"votes": self._votes.tolist(), "trees": trees}) + "\n")

    @classmethod
    def load(cls, path: Path, features: int) -> BoostedTrees:
        """What `save` wrote, for `features` features; ModelError if it is not."""
        try:
            document = parse_json(read_content(path))
            trees = [stored_tree(tree, features) for tree in document["trees"]]
            votes = np.asarray(document["votes"], np.float64)
            if not 0 < len(trees) <= MAX_TREES or votes.shape != (len(trees),):
                raise ValueError(f"{len(trees)} trees, votes of shape {votes.shape}")
            if not (np.isfinite(votes).all() and (votes > 0).all()):
                raise ValueError("votes that are none")
        except MALFORMED as error:
            raise damaged(path, error) from error
        return cls(trees, votes.tolist())


def boost_trees(
    features: Features,
    classes: Classes,
    weights: NDArray[np.float64],
    rounds: int,
    depth: int,
    seed: int,
) -> Iterator[tuple[DecisionTree, float]]:
    """Trees with their votes, one after another, `rounds` at most.

    features: (N, F), classes: (N,), weights: (N,) to begin with, above 0. It ends with a tree that
    misses nothing, and before one that is no better than guessing. Raises DataError when that is
    the first.
    """
    from sklearn.tree import DecisionTreeClassifier

    check_finite(features)
    random = np.random.RandomState(seed)
    weights = weights / weights.sum()
    for number in range(rounds):
        weights = np.clip(weights, np.finfo(np.float64).eps, None)
        fitted = DecisionTreeClassifier(
            max_depth=depth, random_state=random.randint(np.iinfo(np.int32).max)
        ).fit(features, classes, sample_weight=weights)
        missed = fitted.predict(features) != classes
        error = weighted_error(weights, missed)
        if error <= 0:
            yield fitted_tree(fitted.tree_), PERFECT
            return
        if error >= GUESSING:
            if not number:
                raise DataError(
                    "trees on slice features are no better than guessing",
                    where="training split",
                    found=f"weighted error {error:.2f}",
                    do="train the slice network longer, or use learner=network",
                )
            return
        vote = learner_weight(error)
        yield fitted_tree(fitted.tree_), vote
        weights = next_weights(weights, missed, vote)
