"""Boosted trees are scikit-learn's AdaBoostClassifier (SAMME), tree by tree, and stored exactly."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import AdaBoostClassifier
from sklearn.tree import DecisionTreeClassifier

from spgc.classifiers.boosted_trees import BoostedTrees, boost_trees
from spgc.errors import DataError, ModelError

WIDTH = 12


def slices(seed: int, count: int = 150) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    classes = random.integers(0, 3, count)
    features = random.normal(0, 1.5, (count, WIDTH)).round(1) + classes[:, None] / 2
    return features.astype(np.float32), classes.astype(np.int64)


def weights_of(classes: np.ndarray) -> np.ndarray:
    return 1.0 / np.bincount(classes)[classes]


def boosted(seed: int = 0, rounds: int = 15, depth: int = 2) -> BoostedTrees:
    features, classes = slices(seed)
    return BoostedTrees(
        *zip(
            *boost_trees(features, classes, weights_of(classes), rounds, depth, seed=3),
            strict=True,
        )
    )


@pytest.mark.parametrize(("rounds", "depth"), [(15, 2), (1, 1), (40, 3)])
def test_it_is_scikit_learns_adaboost(rounds: int, depth: int, tmp_path: Path) -> None:
    (features, classes), (unseen, _) = slices(0), slices(1, 400)
    theirs = AdaBoostClassifier(
        DecisionTreeClassifier(max_depth=depth), n_estimators=rounds, random_state=3
    ).fit(features, classes, sample_weight=weights_of(classes))
    ours = boosted(0, rounds, depth)
    assert len(ours._votes) == len(theirs.estimators_) == rounds
    np.testing.assert_allclose(ours._votes, theirs.estimator_weights_, rtol=1e-12)
    ours.save(tmp_path / "trees.json")
    for trees in (ours, BoostedTrees.load(tmp_path / "trees.json", WIDTH)):
        found = trees.probabilities(unseen)
        np.testing.assert_array_equal(found.argmax(axis=1), theirs.predict(unseen))
        np.testing.assert_allclose(found, theirs.predict_proba(unseen), rtol=1e-6)
    again = BoostedTrees.load(tmp_path / "trees.json", WIDTH)
    np.testing.assert_array_equal(ours.probabilities(unseen), again.probabilities(unseen))


def test_a_tree_that_misses_nothing_ends_it_as_in_scikit_learn() -> None:
    features, classes = slices(0)
    features[:, 0] = classes
    found = list(boost_trees(features, classes, weights_of(classes), 9, 3, seed=3))
    theirs = AdaBoostClassifier(
        DecisionTreeClassifier(max_depth=3), n_estimators=9, random_state=3
    ).fit(features, classes)
    assert [vote for _, vote in found] == [1.0] == theirs.estimator_weights_[:1].tolist()
    assert len(theirs.estimators_) == 1


def test_trees_that_only_guess_are_refused() -> None:
    features = np.zeros((30, WIDTH), np.float32)
    classes = np.arange(30, dtype=np.int64) % 3
    with pytest.raises(DataError, match="no better than guessing"):
        list(boost_trees(features, classes, np.ones(30), 5, 2, seed=0))


@pytest.mark.parametrize(
    "change",
    [
        {"votes": []},
        {"votes": [1.0] * 14},
        {"votes": [-1.0] * 15},
        {"votes": [float("nan")] * 15},
        {"votes": "many"},
        {"trees": []},
        {"trees": [{}] * 15},
    ],
)
def test_odd_files_are_refused(change: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "trees.json"
    boosted().save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelError, match="patient classifier can't be read"):
        BoostedTrees.load(path, WIDTH)
