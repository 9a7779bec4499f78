"""A hostile XGBoost file ends in an error: most of these crash the process without the check."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spgc.classifiers.xgboost import XGBoostClassifier
from spgc.errors import ModelError

WIDTH = 60


@pytest.fixture(scope="module")
def good() -> str:
    rng = np.random.default_rng(0)
    classes = np.arange(30, dtype=np.int64) % 3
    classifier = XGBoostClassifier()
    classifier.fit(rng.random((30, WIDTH), dtype=np.float32), classes, seed=0)
    return bytes(classifier.booster.save_raw(raw_format="json")).decode()


def forest(document: Any) -> Any:
    return document["learner"]["gradient_booster"]["model"]


def in_tree(name: str, value: object) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        forest(document)["trees"][4][name][1] = value

    return change


def in_learner(part: str, name: str, value: object) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        document["learner"][part][name] = value

    return change


def a_loop(document: Any) -> None:
    tree = forest(document)["trees"][0]
    tree["left_children"][0] = 0


def many_features(document: Any) -> None:
    document["learner"]["learner_model_param"]["num_feature"] = "9" * 12


def another_number(document: Any) -> None:
    forest(document)["trees"][4]["id"] = 1


def fewer_classes(document: Any) -> None:
    forest(document)["tree_info"][3] = 99


def rounds_beyond(document: Any) -> None:
    forest(document)["iteration_indptr"][-1] = 10_000


def no_trees(document: Any) -> None:
    forest(document)["trees"] = []


def old(document: Any) -> None:
    document["version"] = [0, 90, 0]


@pytest.mark.parametrize(
    "change",
    [
        in_tree("left_children", 10**6),
        in_tree("right_children", -2),
        in_tree("parents", 10**6),
        in_tree("split_indices", 10**6),
        in_tree("split_type", 1),
        in_tree("default_left", 2**40),
        in_tree("base_weights", "x"),
        in_tree("split_conditions", float("inf")),
        in_tree("split_conditions", 10**400),
        in_learner("learner_model_param", "base_score", "NaN"),
        in_learner("learner_model_param", "num_class", "4"),
        in_learner("objective", "name", "reg:squarederror"),
        a_loop,
        many_features,
        another_number,
        fewer_classes,
        rounds_beyond,
        no_trees,
        old,
    ],
)
def test_refused(change: Callable[[Any], None], good: str, tmp_path: Path) -> None:
    document = json.loads(good)
    change(document)
    path = tmp_path / "patient-xgboost.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ModelError, match="patient classifier can't be read"):
        XGBoostClassifier.load(path, WIDTH)


@pytest.mark.parametrize("first", [True, False])
def test_a_key_that_comes_twice_is_refused(first: bool, good: str, tmp_path: Path) -> None:
    """Which of the two counts, each parser decides for itself."""
    path, other = tmp_path / "patient-xgboost.json", '"learner": {"a": 1}'
    path.write_text(f"{{{other}, {good[1:]}" if first else f"{good[:-1]}, {other}}}")
    with pytest.raises(ModelError, match="key 'learner' stands twice"):
        XGBoostClassifier.load(path, WIDTH)
