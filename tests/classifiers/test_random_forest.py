"""A random forest answers without scikit-learn exactly as with it, and odd files are refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from spgc.classifiers.decision_trees import fitted_tree
from spgc.classifiers.random_forest import FOREST_SETTINGS, RandomForest
from spgc.errors import ModelError

WIDTH = 40


def scans(seed: int, count: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Features that follow the class a little, in steps so that thresholds are met exactly."""
    random = np.random.default_rng(seed)
    classes = np.arange(count, dtype=np.int64) % 3
    noise = random.normal(0, 2, (count, WIDTH)).round(1)
    return (noise + classes[:, None]).astype(np.float32), classes


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FOREST_SETTINGS, "n_estimators", 25)


@pytest.mark.parametrize("weights", ["equal", "balanced"])
def test_it_answers_as_scikit_learn_does(weights: str, tmp_path: Path) -> None:
    data, (unseen, _) = scans(0), scans(1, 300)
    ours = RandomForest()
    ours.fit(*data, seed=5, weights=weights)
    theirs = RandomForestClassifier(
        **FOREST_SETTINGS,
        random_state=5,
        class_weight="balanced" if weights == "balanced" else None,
    ).fit(*data)
    ours.save(tmp_path / "forest.json")
    for forest in (ours, RandomForest.load(tmp_path / "forest.json", WIDTH)):
        classes, shares = forest.predict(unseen)
        np.testing.assert_array_equal(classes, theirs.predict(unseen))
        np.testing.assert_array_equal(shares, theirs.predict_proba(unseen).astype(np.float32))


def test_a_tree_is_exact_to_the_last_bit() -> None:
    data, (unseen, _) = scans(2), scans(3, 300)
    forest = RandomForestClassifier(n_estimators=5, random_state=0).fit(*data)
    for theirs in forest.estimators_:
        ours = fitted_tree(theirs.tree_).shares(unseen)
        np.testing.assert_array_equal(ours, theirs.predict_proba(unseen))


def test_same_scans_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    contents = []
    for number, seed in enumerate((1, 1, 2)):
        forest = RandomForest()
        forest.fit(*scans(0), seed=seed)
        forest.save(tmp_path / f"{number}.json")
        contents.append((tmp_path / f"{number}.json").read_bytes())
    assert contents[0] == contents[1] != contents[2]


def in_tree(column: str, node: int, value: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        document["trees"][3][column][node] = value

    return change


def without(column: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        del document["trees"][3][column]

    return change


def no_trees(document: Any) -> None:
    document["trees"] = []


def shorter(document: Any) -> None:
    document["trees"][3]["threshold"].pop()


@pytest.mark.parametrize(
    "change",
    [
        in_tree("left", 0, 0),
        in_tree("right", 0, 10**6),
        in_tree("right", 0, -1),
        in_tree("left", 0, -2),
        in_tree("left", 0, 1.0),
        in_tree("feature", 0, WIDTH),
        in_tree("feature", 0, -1),
        in_tree("threshold", 0, "a"),
        in_tree("threshold", 0, float("nan")),
        in_tree("value", 0, [0.5, 0.5]),
        in_tree("value", 0, [1, 0, float("inf")]),
        without("value"),
        no_trees,
        shorter,
    ],
)
def test_odd_files_are_refused(change: Callable[[Any], None], tmp_path: Path) -> None:
    """A node that does not exist or leads back would be followed out of the table or for ever."""
    forest = RandomForest()
    forest.fit(*scans(0), seed=0)
    path = tmp_path / "forest.json"
    forest.save(path)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(ModelError, match="patient classifier can't be read"):
        RandomForest.load(path, WIDTH)


def test_a_forest_of_more_features_is_refused(tmp_path: Path) -> None:
    forest = RandomForest()
    forest.fit(*scans(0), seed=0)
    forest.save(tmp_path / "forest.json")
    with pytest.raises(ModelError, match="a feature beyond 3"):
        RandomForest.load(tmp_path / "forest.json", 3)


def test_features_that_are_no_numbers_are_refused() -> None:
    forest = RandomForest()
    forest.fit(*scans(0), seed=0)
    features, _ = scans(1)
    features[2, 7] = np.nan
    with pytest.raises(ModelError, match="scan 3 of 90"):
        forest.predict(features)
