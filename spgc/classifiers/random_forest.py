"""Random forest as patient classifier, stored as JSON with its trees as plain numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spgc.classifiers.classifier import Classes, Features, check_finite
from spgc.classifiers.decision_trees import DecisionTree, fitted_tree, stored_tree
from spgc.classifiers.stored import MALFORMED, damaged, read_content
from spgc.files.json_documents import parse_json
from spgc.files.whole import write_text
from spgc.protocol import CLASSES

FOREST_SETTINGS: dict[str, Any] = {
    "n_estimators": 300,  # choice; scikit-learn's 100 leave probabilities in steps of 1 %
    "criterion": "gini",
    "max_depth": None,
    "min_samples_leaf": 1,
    "max_features": "sqrt",
    "bootstrap": True,
    "n_jobs": 1,
}
"""scikit-learn's defaults, written out, but for the number of trees."""

MAX_TREES = 10_000


class RandomForest:
    """Trees on bootstrapped scans; fitted by scikit-learn, answered without it."""

    def __init__(self, trees: Sequence[DecisionTree] = ()) -> None:
        self._trees = tuple(trees)

    def fit(self, features: Features, classes: Classes, seed: int, weights: str = "equal") -> None:
        """Every class has to be among `classes`."""
        from sklearn.ensemble import RandomForestClassifier

        check_finite(features)
        weighed = "balanced" if weights == "balanced" else None
        forest = RandomForestClassifier(
            **FOREST_SETTINGS, class_weight=weighed, random_state=seed
        ).fit(features, classes)
        self._trees = tuple(fitted_tree(tree.tree_) for tree in forest.estimators_)

    def predict(self, features: Features) -> tuple[Classes, Features | None]:
        check_finite(features)
        shares = np.zeros((len(features), len(CLASSES)))
        for tree in self._trees:  # in their order, as scikit-learn adds them up
            shares += tree.shares(features)
        shares /= len(self._trees)
        return shares.argmax(axis=1).astype(np.int64), shares.astype(np.float32)

    def save(self, path: Path) -> None:
        document = {"trees": [tree.document() for tree in self._trees]}
        write_text(path, json.dumps(document) + "\n")

    @classmethod
    def load(cls, path: Path, features: int) -> RandomForest:
        """The forest that `save` wrote, for `features` features; ModelError if it is not."""
        try:
            trees = parse_json(read_content(path))["trees"]
            if not 0 < len(trees) <= MAX_TREES:
                raise ValueError(f"{len(trees)} trees")
            return cls([stored_tree(tree, features) for tree in trees])
        except MALFORMED as error:
            raise damaged(path, error) from error
