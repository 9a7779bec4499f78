"""Checks on an XGBoost model file before XGBoost reads it.

XGBoost follows node and feature numbers of its JSON without looking whether they exist; a damaged
or hostile file would end the process instead of raising an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from spgc.files.json_documents import without_doubles
from spgc.protocol import CLASSES

OLDEST = [2, 1, 0]
"""First XGBoost that spgc works with."""

MAX_TREES = 30_000
MAX_NODES = 100_000
"""Far above what training makes (300 trees of some 10 nodes)."""

LARGEST = 3e38
"""Just below the largest float32."""

NO_PARENT = 2**31 - 1
"""XGBoost's mark of a root."""

_REALS = ("split_conditions", "base_weights", "loss_changes", "sum_hessian")
_CATEGORICAL = ("categories", "categories_nodes", "categories_segments", "categories_sizes")


def checked_booster(content: bytes, features: int) -> bytes:
    """The model in `content`, checked and written anew as JSON that XGBoost can be given.

    Written anew because two parsers may read odd JSON differently.
    Raises ValueError, KeyError, TypeError or RecursionError when it is no such model.
    """
    document = json.loads(
        content,
        parse_int=_whole,
        parse_float=_real,
        parse_constant=_no_number,
        object_pairs_hook=without_doubles,
    )
    _check_booster(document, features)
    return json.dumps(document).encode()


def _whole(text: str) -> int:
    value = int(text)
    if abs(value) > NO_PARENT:
        raise ValueError("a whole number beyond 32 bits")
    return value


def _real(text: str) -> float:
    value = float(text)
    if not abs(value) < LARGEST:
        raise ValueError("a number beyond float32")
    return value


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} for a number")


def _check_booster(document: Any, features: int) -> None:
    learner = document["learner"]
    shape = learner["learner_model_param"]
    _equal("classes", shape["num_class"], str(len(CLASSES)))
    _equal("features", shape["num_feature"], str(features))
    _equal("targets", shape.get("num_target", "1"), "1")
    if not all(abs(float(v)) < LARGEST for v in shape["base_score"].strip("[]").split(",")):
        raise ValueError(f"base_score is {shape['base_score']!r}")
    if document["version"] < OLDEST:
        raise ValueError(f"XGBoost {document['version']}, before {OLDEST}")
    _equal("objective", learner["objective"]["name"], "multi:softprob")
    _equal("feature names", learner["feature_names"], [])
    booster = learner["gradient_booster"]
    _equal("booster", booster["name"], "gbtree")
    _check_forest(booster["model"], features)


def _check_forest(model: Mapping[str, Any], features: int) -> None:
    trees, groups = model["trees"], model["tree_info"]
    _equal("trees", model["gbtree_model_param"]["num_trees"], str(len(trees)))
    if not 0 < len(trees) <= MAX_TREES:
        raise ValueError(f"{len(trees)} trees")
    _numbers("tree_info", groups, 0, len(CLASSES), len(trees))
    rounds = model["iteration_indptr"]
    _numbers("iteration_indptr", rounds, 0, len(trees) + 1, len(rounds))
    if rounds != sorted(rounds) or rounds[:1] != [0] or rounds[-1] != len(trees):
        raise ValueError("iteration_indptr does not run over all trees")
    _equal("categories", any((model.get("cats") or {}).values()), False)
    _equal("parallel trees", model["gbtree_model_param"]["num_parallel_tree"], "1")
    _equal("tree numbers", [tree["id"] for tree in trees], list(range(len(trees))))
    for tree in trees:
        _check_tree(tree, features)


def _check_tree(tree: Mapping[str, Any], features: int) -> None:
    left, right = tree["left_children"], tree["right_children"]
    count = len(left)
    if not 0 < count <= MAX_NODES:
        raise ValueError(f"{count} nodes in a tree")
    size = tree["tree_param"]
    _equal("nodes", size["num_nodes"], str(count))
    _equal("features of a tree", size["num_feature"], str(features))
    _equal("deleted nodes", size["num_deleted"], "0")
    _equal("leaf vector", size["size_leaf_vector"] in ("0", "1"), True)
    _equal("categories", any(tree[name] for name in _CATEGORICAL), False)
    _numbers("split_indices", tree["split_indices"], 0, features, count)
    _numbers("default_left", tree["default_left"], 0, 2, count)
    _numbers("split_type", tree["split_type"], 0, 1, count)
    for name in _REALS:
        _equal(f"{name} are numbers", _reals(tree[name], count), True)
    parents = [NO_PARENT] * count
    for node, pair in enumerate(zip(left, right, strict=True)):
        if pair != (-1, -1):
            _numbers("children", pair, node + 1, count, 2)  # larger than the node: no loops
            parents[pair[0]] = parents[pair[1]] = node
    _equal("parents", tree["parents"], parents)


def _reals(values: Sequence[Any], count: int) -> bool:
    """Whether these are `count` numbers."""
    return len(values) == count and all(type(v) in (int, float) for v in values)


def _numbers(name: str, values: Sequence[Any], low: int, past: int, count: int) -> None:
    _equal(f"length of {name}", len(values), count)
    for value in values:
        if type(value) is not int or not low <= value < past:
            raise ValueError(f"{name} holds {value!r}")


def _equal(name: str, found: object, expected: object) -> None:
    if found != expected:
        raise ValueError(f"{name}: {found!r} instead of {expected!r}")
